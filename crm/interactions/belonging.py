"""What a contact belongs to: an enquiry, an order, a quotation or a product, chosen in one field as "order:7"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.database import HIGHEST_ID
from crm.web.forms import Fields
from crm.web.i18n import N_, _

KINDS = {"ticket": "ticket_id", "order": "order_id", "quotation": "quotation_id", "product": "product_id"}
"""The kind -> the field of a contact."""
GROUPS = {
    "ticket": N_("Enquiries"), "order": N_("Orders"), "quotation": N_("Quotations"), "product": N_("Products"),
}  # fmt: skip


def belonging_value(values: Mapping[str, Any]) -> str:
    """The value of the field for a contact; of several things it belongs to the first, in the order of KINDS."""
    return next((f"{kind}:{values[field]}" for kind, field in KINDS.items() if values.get(field)), "")


def read_belonging(fields: Fields) -> dict[str, int | None]:
    """What was chosen, by the fields of a contact. A form that only knows enquiries sends `ticket_id`."""
    chosen: dict[str, int | None] = dict.fromkeys(KINDS.values())
    value = fields.text("belongs_to", limit=40)
    if not value:
        return chosen | {"ticket_id": fields.reference("ticket_id")}
    kind, _colon, number = value.partition(":")
    if kind in KINDS and number.isascii() and number.isdigit() and 0 < int(number) <= HIGHEST_ID:
        chosen[KINDS[kind]] = int(number)
    else:
        fields.error("belongs_to", _("Please choose one of the options."))
    return chosen


def changed_belonging(fields: Fields) -> dict[str, int | None]:
    """The same for a correction: nothing if it still says what it said when the form was shown (`belonged_to`), so that what
    the form cannot show (a second thing it belongs to) stays."""
    if "belonged_to" in fields.values and fields.text("belongs_to") == fields.text("belonged_to"):
        return {}
    return read_belonging(fields)


def options(found: Mapping[str, list[tuple[int, str]]]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The groups of the select: kind -> [(id, name)] as (title, [(value, name)]); empty ones are left out."""
    return [
        (_(title), [(f"{kind}:{number}", name) for number, name in found[kind]])
        for kind, title in GROUPS.items()
        if found.get(kind)
    ]


def told_at_the_field(errors: Mapping[str, str]) -> dict[str, str]:
    """The errors with those of what it belongs to put at the one field that the form has."""
    return {"belongs_to" if field in KINDS.values() else field: sentence for field, sentence in errors.items()}
