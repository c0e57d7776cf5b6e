"""A chat that comes over the API: its messages, or the text as it was copied."""

from __future__ import annotations

from datetime import datetime

from crm.errors import Invalid
from crm.tickets.chats.keeping import Talk, chat_of
from crm.tickets.chats.reading import MOST_MESSAGES, Said, likely_customers, speakers
from crm.tickets.opening import NewTicket
from crm.tickets.shapes import ChatIn, ChatMessageIn
from crm.web.formats import local
from crm.web.forms import FIRST_YEAR, LAST_YEAR, NOTE_LIMIT, Fields
from crm.web.i18n import _

_CUSTOMER = "<customer>"
"""Stands for the customer's side where no names are said; nobody is called so."""


async def talk_in(data: ChatIn, new: NewTicket, now: datetime) -> Talk | None:
    """What is to be kept; None for a text in which nobody can be told apart: it stays one text. Raises Invalid for crooked messages
    and for days that no form takes."""
    if any(not FIRST_YEAR <= day.year <= LAST_YEAR for day in (data.on, *(one.at for one in data.messages)) if day):
        raise Invalid({"chat": _("Please check the year.")})
    on = data.on or local(now).date()
    if data.messages:
        ordered = sorted(data.messages, key=lambda one: one.at)[: MOST_MESSAGES + 1]
        if len(ordered) > MOST_MESSAGES:
            raise Invalid({"chat": _("At most %(n)s messages, please.") % {"n": MOST_MESSAGES}})
        return Talk([_said(one) for one in ordered], (_CUSTOMER,), on)
    said, customers, staff = await chat_of(new.text, new.customer_id)
    names = speakers(said)
    if not names:
        return None
    return Talk(said, data.customers or likely_customers(names, customers, staff), on)


def _said(one: ChatMessageIn) -> Said:
    fields = Fields({"text": one.text, "direction": one.direction, "name": one.name})
    text = fields.text("text", limit=NOTE_LIMIT, many_lines=True)
    direction = fields.one_of("direction", ("inbound", "outbound"))
    name = fields.text("name", limit=200)
    fields.check()
    at = local(one.at)
    return Said(_CUSTOMER if direction == "inbound" else name or "<we>", "", text, at.date(), at.time())
