"""The forms of criticism, praise and expectations: the body as typed values, or every error at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.improvement.actions import LIMIT, NewFeedback
from crm.improvement.tables import ExpectationLevel, FeedbackCategory, FeedbackKind
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.pasted import plain_text


def parse_new(values: Mapping[str, Any]) -> NewFeedback:
    """What was clicked. Raises Invalid with all errors."""
    fields = Fields(values)
    data = NewFeedback(
        kind=fields.choice("kind", FeedbackKind),
        interaction_id=fields.reference("interaction_id"),
        ticket_id=fields.reference("ticket_id"),
        text=plain_text(fields.text("text", limit=LIMIT, many_lines=True)),
        category=fields.one_of("category", ["", *FeedbackCategory]),
        heading=fields.text("heading", limit=20),
        level=fields.one_of("level", ["", *ExpectationLevel]),
    )
    if (data.interaction_id is None) == (data.ticket_id is None):
        fields.error("interaction_id", _("Name the contact or the enquiry that it comes from."))
    fields.check()
    return data


def parse_mended(values: Mapping[str, Any]) -> dict[str, Any]:
    """Text, category and heading (as category:heading) and level as they shall read. Raises Invalid with all errors."""
    fields = Fields(values)
    text = plain_text(fields.text("text", limit=LIMIT, many_lines=True))
    if not text:
        fields.error("text", _("Write a word or two about what was said."))
    category, _colon, heading = fields.text("about", required=True).partition(":")
    if category not in set(FeedbackCategory):
        fields.error("about", _("Please choose one of the options."))
    wanted = {"text": text, "category": category, "heading": heading}
    if fields.text("level"):
        wanted["level"] = fields.choice("level", ExpectationLevel).value
    fields.check()
    return wanted
