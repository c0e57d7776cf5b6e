"""The words of one contact: the names of its fields and how their values are shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.customers.words import CHANNELS
from crm.web.formats import clock, short_date
from crm.web.i18n import N_, _, word

LABELS = {
    "at": N_("When"), "channel": N_("Channel"), "direction": N_("Who got in touch?"), "person_id": N_("Person"),
    "touchpoint": N_("Touchpoint"), "phase": N_("Phase"), "reason": N_("Reason for contact"),
    "order_id": N_("Belongs to the order"), "quotation_id": N_("Belongs to the quotation"),
    "product_id": N_("Is about the product"), "ticket_id": N_("Belongs to the enquiry"), "text": N_("What was said?"),
    "impression": N_("How did it seem to go?"), "moment_of_truth": N_("Moment of truth"), "minutes": N_("Minutes"),
    "participant_ids": N_("Further persons"), "colleague_ids": N_("Colleagues"),
}  # fmt: skip
REASON_LABELS = {
    "name_de": N_("Name in German"), "name_en": N_("Name in English"), "remedy_de": N_("What helps then, in German"),
    "remedy_en": N_("What helps then, in English"), "is_moment_of_truth": N_("Moment of truth"), "touchpoint": N_("Touchpoint"),
    "topic": N_("Topic of an enquiry"), "position": N_("Place in the list"),
}  # fmt: skip
"""The fields of a reason for contact."""
DIRECTIONS = {"inbound": N_("the customer"), "outbound": N_("we did")}
LEFT_OUT = {
    "did_not_fit": N_("did not fit"), "no_time": N_("no time"), "not_wanted": N_("not wanted"),
    "solved_otherwise": N_("solved otherwise"),
}  # fmt: skip
"""Why steps of a guide were left out."""
SHOWN_LETTERS = 2000
"""Two versions are compared side by side; what is longer is shown to here, and sent whole."""


def label(field: str) -> str:
    return _(LABELS[field])


def shown_value(field: str, value: Any, names: Mapping[tuple[str, Any], str]) -> str:
    """A value of a contact as people read it. `names` has those of persons and touchpoints by (field, value)."""
    if field == "moment_of_truth":
        return _("yes") if value else _("no")
    if value is None or value == "":
        return "–"
    if field in ("participant_ids", "colleague_ids"):
        return ", ".join(names.get((field, each), _("somebody else")) for each in value) or "–"
    if field == "channel":
        return word(CHANNELS, value)
    if field == "direction":
        return word(DIRECTIONS, value)
    if isinstance(value, datetime):
        return f"{short_date(value)}, {clock(value)}"
    if field == "ticket_id":
        return f"#{value}"
    if field == "text" and len(value) > SHOWN_LETTERS:
        return f"{value[:SHOWN_LETTERS]} …"
    return names.get((field, value), str(value))
