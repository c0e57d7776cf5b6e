"""Text blocks for answers."""

from piccolo.columns import BigSerial, Boolean, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.tickets.answers.tables import ApprovedAnswer
from crm.tickets.tables import TicketMessage, Topic


class TextBlock(Table, tablename="text_block"):
    """A text for answers, with placeholders (filling.py), in one language or both. With a topic it comes first in enquiries on it.
    A retired one is not offered any more."""

    id = BigSerial(primary_key=True)
    topic = ForeignKey(Topic, null=True, on_delete=OnDelete.set_null)
    name_de = Varchar(120, default="")
    name_en = Varchar(120, default="")
    body_de = Text(default="")
    body_en = Text(default="")
    changed_at = Timestamptz(default=None, null=True)
    retired_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)


class AnswerSource(Table, tablename="answer_source"):
    """That an answer to a customer was made from a text block, or from an approved answer that a person put in; `is_changed`: its words
    were changed before it went out. One row for each text that is in the answer."""

    id = BigSerial(primary_key=True)
    message = ForeignKey(TicketMessage, null=False, on_delete=OnDelete.cascade, index=True)
    text_block = ForeignKey(TextBlock, null=True, on_delete=OnDelete.cascade, index=True)
    approved_answer = ForeignKey(ApprovedAnswer, null=True, on_delete=OnDelete.cascade)
    is_changed = Boolean(default=False)
