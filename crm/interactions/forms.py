"""The forms of a new contact and of a correction: the body as typed values, or every error at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from litestar import Request

from crm.interactions.actions import NewInteraction
from crm.interactions.belonging import belonging_value, changed_belonging, read_belonging
from crm.interactions.followed_guides import parse_steps
from crm.interactions.participants import read_ids
from crm.interactions.results import Result
from crm.interactions.tables import Channel, Direction
from crm.web.forms import NOTE_LIMIT, Fields
from crm.web.i18n import _, zone
from crm.web.pasted import plain_text


def note(fields: Fields, name: str = "text") -> str:
    """What was said, as it is kept: HTML that was pasted becomes the text that people read. Longer than NOTE_LIMIT it is
    refused, never cut."""
    return plain_text(fields.text(name, limit=NOTE_LIMIT, many_lines=True))


def parse_contact(values: Mapping[str, Any], now: datetime) -> NewInteraction:
    """What the person at the form has entered; the follow-up is read as of `now`. Raises Invalid with all errors."""
    fields = Fields(values)
    customer_id = fields.reference("customer_id")
    if customer_id is None and "customer_id" not in fields.errors:
        fields.error("customer_id", _("Choose the customer: type a part of the name and pick from the list."))
    text = note(fields)
    if not text:
        fields.error("text", _("Write a word or two about what was said."))
    follow_up_at = fields.coming("follow_up_at", now)
    belongs = read_belonging(fields)
    contact = NewInteraction(
        customer_id=customer_id,
        channel=fields.choice("channel", Channel, Channel.PHONE),
        direction=fields.choice("direction", Direction, Direction.INBOUND),
        text=text,
        person_id=fields.reference("person_id"),
        touchpoint=fields.text("touchpoint", limit=40),
        impression=fields.number("impression", low=1, high=5),
        is_moment_of_truth=_moment(fields),
        minutes=fields.number("minutes", low=1, high=1440),
        ticket_id=belongs["ticket_id"],
        order_id=belongs["order_id"],
        quotation_id=belongs["quotation_id"],
        product_id=belongs["product_id"],
        follow_up_at=follow_up_at,
        guide=parse_steps(fields),
        phase=fields.text("phase", limit=40),
        reason=fields.text("reason", limit=60),
        participant_ids=read_ids(fields, "participant_ids", ticked(values, "participant_ids")),
        colleague_ids=read_ids(fields, "colleague_ids", ticked(values, "colleague_ids")),
    )
    fields.check()
    return contact


TICKED = ("participant_ids", "colleague_ids")
"""Fields of which several may be ticked; in the body they are lists."""


async def body_of(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The form's texts; of what can be ticked more than once all of it."""
    body = await request.form()
    values: dict[str, Any] = {name: value for name, value in body.items() if isinstance(value, str)}
    return values | {name: [str(one) for one in body.getall(name, [])] for name in TICKED if name in body}


def ticked(values: Mapping[str, Any], name: str) -> list[Any]:
    """What was ticked; one alone is sent as one."""
    found = values.get(name) or []
    return list(found) if isinstance(found, (list, tuple)) else [found]


def _moment(fields: Fields) -> bool | None:
    """A contact can be marked as a moment of truth, and unmarked: a form that shows what the touchpoint and the reason are by
    nature says so (`moment_shown`), and then its tick counts."""
    return fields.flag("is_moment_of_truth") or (False if fields.flag("moment_shown") else None)


def parse_result(values: Mapping[str, Any], *, logs_contact: bool) -> Result:
    """What came of a follow-up; whoever may not log contacts logs none. Raises Invalid with all errors."""
    fields = Fields(values)
    text = note(fields, "result")
    if not text:
        fields.error("result", _("Write a word or two about what came of it."))
    channel = fields.choice("channel", Channel, Channel.PHONE) if fields.text("channel") else None
    result = Result(
        text=text,
        channel=channel if logs_contact else None,
        direction=fields.choice("direction", Direction, Direction.OUTBOUND),
        is_last=fields.flag("is_last"),
    )
    fields.check()
    return result


def parse_correction(values: Mapping[str, Any], *, at: datetime) -> tuple[dict[str, Any], int]:
    """The fields of a contact as they shall read, by the names of crm/interactions/versions.py, and the version that was
    corrected. `at` is when the contact was: the form knows minutes only, and what was not changed keeps its seconds.
    Raises Invalid with all errors."""
    fields = Fields(values)
    text = note(fields)
    if not text:
        fields.error("text", _("Write a word or two about what was said."))
    when = fields.moment("at", required=True)
    changes: dict[str, Any] = {
        "at": at if when is None or when == at.replace(second=0, microsecond=0) else when,
        "channel": fields.choice("channel", Channel).value,
        "direction": fields.choice("direction", Direction).value,
        "text": text,
        "person_id": fields.reference("person_id"),
        "touchpoint": fields.text("touchpoint", limit=40),
        "phase": fields.text("phase", limit=40),
        "reason": fields.text("reason", limit=60),
        "impression": fields.number("impression", low=1, high=5),
        "moment_of_truth": fields.flag("is_moment_of_truth"),
        "minutes": fields.number("minutes", low=1, high=1440),
        **changed_belonging(fields),
    }
    if fields.flag("others_shown"):
        changes |= {name: list(read_ids(fields, name, ticked(values, name))) for name in TICKED}
    version = fields.number("version", low=1, high=2**31 - 1, required=True)
    fields.check()
    return changes, version or 1


def typed(contact: Any) -> dict[str, Any]:
    """The values of a contact as its form shows them."""
    return {
        "at": f"{contact.at.astimezone(zone.get()):%Y-%m-%dT%H:%M}", "channel": contact.channel, "direction": contact.direction,
        "text": contact.text, "person_id": contact.person_id or "", "touchpoint": contact.touchpoint,
        "phase": contact.phase, "reason": contact.reason,
        "impression": contact.impression or "", "is_moment_of_truth": "1" if contact.moment_of_truth else "",
        "minutes": contact.minutes or "", "belongs_to": belonging_value(dict(contact)), "version": contact.version,
        "participant_ids": contact.participant_ids, "colleague_ids": contact.colleague_ids,
    }  # fmt: skip
