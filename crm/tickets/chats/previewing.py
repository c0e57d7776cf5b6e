"""A chat in the form of a new enquiry: shown as it will be kept, so that somebody says who the customer is, and then kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.tickets.chats.keeping import CHANNEL, Talk, chat_of
from crm.tickets.chats.reading import likely_customers, speakers
from crm.tickets.chats.timing import moments
from crm.tickets.opening import NewTicket
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import zone


@dataclass(frozen=True, slots=True)
class Line:
    """A message as the preview shows it. `kind`: in, out, or note for what stood before the first message."""

    name: str
    kind: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """A chat before it is kept. `mark` tells whether the one that was looked at is the one that is sent; `is_seen` that it is."""

    talk: Talk
    names: Sequence[str]
    lines: Sequence[Line]
    mark: str
    is_seen: bool


async def preview_of(new: NewTicket, values: Mapping[str, Any], ticked: Sequence[str], now: datetime) -> Preview | None:
    """The chat that was pasted into the form; None if it is none, if nobody in it can be told apart, or if somebody wants it as one
    text. Until it has been looked at, who the customer is is guessed. Raises Invalid for a day that is none."""
    if new.channel != CHANNEL or values.get("chat_as") == "text":
        return None
    said, customers, staff = await chat_of(new.text, new.customer_id or None)
    names = speakers(said)
    if not names:
        return None
    fields = Fields(values)
    on = fields.on("chat_on") or local(now).date()
    fields.check()
    mark = hashlib.sha256("\n".join((*names, str(len(said)))).encode("utf-8", "replace")).hexdigest()[:16]
    is_seen = values.get("chat_seen") == mark
    ours = [name for name in ticked if name in names] if is_seen else likely_customers(names, customers, staff)
    talk = Talk(said, ours, on)
    times = moments(said, on, zone.get(), now)
    lines = [
        Line(one.name, "note" if not one.name else "in" if one.name in ours else "out", one.shown, at)
        for one, at in zip(said, times, strict=True)
        if one.shown
    ]
    return Preview(talk, names, lines, mark, is_seen)
