"""The rules that suggest a topic, and what became of each suggestion."""

from piccolo.columns import JSONB, BigSerial, Boolean, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.customers.orders.tables import Product
from crm.tickets.tables import Ticket, Topic


class TopicRule(Table, tablename="topic_rule"):
    """What must be true for a topic to be suggested: one of the words, one of the senders, the form, the product; what is blank is not
    asked. `words` and `senders` one a line; `form` is the code of a form of the website. The lowest position wins a draw."""

    id = BigSerial(primary_key=True)
    name = Varchar(120)
    topic = ForeignKey(Topic, null=False, on_delete=OnDelete.cascade)
    words = Text(default="")
    senders = Text(default="")
    form = Varchar(40, default="")
    product = ForeignKey(Product, null=True, on_delete=OnDelete.cascade)
    is_active = Boolean(default=True)
    position = Integer(default=0)
    version = Integer(default=1)


class TopicSuggestion(Table, tablename="topic_suggestion"):
    """The topic that a rule gave a ticket, and by what (`matched`: kind and words). `corrected_to` is what somebody made of it; a
    correction that was taken back is none."""

    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, null=False, on_delete=OnDelete.cascade, unique=True)
    rule = ForeignKey(TopicRule, null=True, on_delete=OnDelete.set_null, index=True)
    rule_name = Varchar(120)
    topic = ForeignKey(Topic, null=False, on_delete=OnDelete.cascade)
    matched = JSONB(default="[]")
    at = Timestamptz(default=None, null=True)
    corrected_to = ForeignKey(Topic, null=True, on_delete=OnDelete.set_null)
    corrected_at = Timestamptz(null=True, default=None)
    corrected_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
