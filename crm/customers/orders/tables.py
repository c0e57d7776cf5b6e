"""What customers buy: products, quotations and orders with their items."""

from decimal import Decimal

from piccolo.columns import BigInt, BigSerial, Date, ForeignKey, Integer, Numeric, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.customers.orders.rules import OrderStatus
from crm.customers.quotations.quoting import QuotationStatus
from crm.customers.tables import Customer


class Product(Table, tablename="product"):
    """Something that the company sells. A retired one is no longer offered for choosing; what was sold stays as it is.
    `folded` (code and names, as crm/text.py folds them) is kept by the database from the others."""

    id = BigSerial(primary_key=True)
    code = Varchar(60, unique=True)
    name_de = Varchar(200)
    name_en = Varchar(200)
    department = Varchar(120, default="")
    retired_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=None, null=True)
    version = Integer(default=1)
    folded = Text(default="")


class Order(Table, tablename="customer_order"):
    """`amount` is what the order comes to, in `currency`; its items may add up to something else (a discount, carriage).
    `delivery_due_on` is what was promised, `delivered_on` what happened. The rules are in rules.py."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    number = Varchar(60, unique=True)
    ordered_on = Date(default=None, null=True)
    amount = Numeric(digits=(12, 2))
    currency = Varchar(3, default="EUR")
    channel = Varchar(20, default="")
    status = Varchar(20, choices=OrderStatus, default=OrderStatus.ORDERED)
    delivered_on = Date(null=True, default=None)
    delivery_due_on = Date(null=True, default=None)
    created_at = Timestamptz(default=None, null=True)
    created_by = BigInt(null=True, default=None)
    version = Integer(default=1)


class OrderItem(Table, tablename="order_item"):
    """A line of an order: a product of the catalogue, a text of its own, or both. `price` is that of one piece."""

    id = BigSerial(primary_key=True)
    customer_order = ForeignKey(Order, null=False, on_delete=OnDelete.cascade)
    position = Integer(default=0)
    product = ForeignKey(Product, null=True, on_delete=OnDelete.restrict)
    text = Varchar(500, default="")
    quantity = Numeric(digits=(12, 3), default=Decimal(1))
    price = Numeric(digits=(12, 2), null=True, default=None)


class Quotation(Table, tablename="quotation"):
    """A quotation's way: requested by the customer, sent by us, decided by the customer. Written with another program; here
    stands what it says in a line. `turnaround_min` and `decision_min` are minutes of business time from the request to the
    sending and from there to the decision, by the calendar that applied then, kept for good. A quotation has a number at
    the latest when it is sent."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    number = Varchar(60, null=True, default=None, unique=True)
    subject = Varchar(300, default="")
    amount = Numeric(digits=(12, 2), null=True, default=None)
    currency = Varchar(3, default="EUR")
    document_on = Date(null=True, default=None)
    status = Varchar(20, choices=QuotationStatus, default=QuotationStatus.REQUESTED)
    requested_at = Timestamptz(default=None, null=True)
    sent_at = Timestamptz(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    decline_reason = Varchar(20, default="")
    decision_note = Varchar(1000, default="")
    turnaround_min = Integer(null=True, default=None)
    decision_min = Integer(null=True, default=None)
    created_at = Timestamptz(default=None, null=True)
    created_by = BigInt(null=True, default=None)
    version = Integer(default=1)


class QuotationProduct(Table, tablename="quotation_product"):
    """What a quotation is about."""

    id = BigSerial(primary_key=True)
    quotation = ForeignKey(Quotation, null=False, on_delete=OnDelete.cascade)
    product = ForeignKey(Product, null=False, on_delete=OnDelete.restrict)
    position = Integer(default=0)
