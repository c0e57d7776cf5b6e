"""Which orders and products an enquiry is about, and which enquiries belong to each other or go on in another."""

from enum import StrEnum

from piccolo.columns import BigInt, BigSerial, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.customers.orders.tables import Order, Product
from crm.tickets.tables import Ticket, TicketStatus


class OrderBasis(StrEnum):
    """How it came that a ticket is about an order: the text names it, somebody agreed when asked, or chose it."""

    NAMED = "named"
    AGREED = "agreed"
    CHOSEN = "chosen"


class TicketOrder(Table, tablename="ticket_order"):
    """That a ticket is about an order; with `refused_at` that somebody said it is not, so that nobody asks again."""

    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, null=False, on_delete=OnDelete.cascade)
    customer_order = ForeignKey(Order, null=False, on_delete=OnDelete.cascade, index=True)
    basis = Varchar(10, choices=OrderBasis)
    at = Timestamptz(default=None, null=True)
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
    refused_at = Timestamptz(null=True, default=None)


class ProductBasis(StrEnum):
    """Why an enquiry is about a product: its text names it (NAMED), it is the only one of its order (ORDERED), somebody agreed to an
    offer, or chose it. OFFERED is what was named loosely, and is asked about."""

    NAMED = "named"
    ORDERED = "ordered"
    AGREED = "agreed"
    CHOSEN = "chosen"
    OFFERED = "offered"


class TicketProduct(Table, tablename="ticket_product"):
    """That an enquiry is about a product, may be, or (`refused_at`) is not, as somebody has said. Once per enquiry and product."""

    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, null=False, on_delete=OnDelete.cascade)
    product = ForeignKey(Product, null=False, on_delete=OnDelete.cascade, index=True)
    basis = Varchar(10, choices=ProductBasis)
    at = Timestamptz(default=None, null=True)
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
    refused_at = Timestamptz(null=True, default=None)


class TicketMerge(Table, tablename="ticket_merge"):
    """That an enquiry goes on in another one of the same customer, and what is needed to part them again."""

    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, null=False, on_delete=OnDelete.cascade, index=True)
    survivor = ForeignKey(Ticket, null=False, on_delete=OnDelete.cascade, index=True)
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
    at = Timestamptz(default=None, null=True)
    status_before = Varchar(10, choices=TicketStatus, default=TicketStatus.OPEN)
    responded_before = Timestamptz(null=True, default=None)
    undone_at = Timestamptz(null=True, default=None)
    undone_by = BigInt(null=True, default=None)


class TicketLink(Table, tablename="ticket_link"):
    """That two enquiries belong together; `one` has the lower number."""

    id = BigSerial(primary_key=True)
    one = ForeignKey(Ticket, null=False, on_delete=OnDelete.cascade)
    other = ForeignKey(Ticket, null=False, on_delete=OnDelete.cascade, index=True)
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
    at = Timestamptz(default=None, null=True)
