"""Changes to many customers in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from crm.customers.lists.tables import BulkKind
from crm.web.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from crm.records.bulk import Change, Preview

KINDS = {
    "owner": N_("Set the owner"), "tag_add": N_("Put a tag on"), "tag_remove": N_("Take a tag off"),
    "service_level": N_("Set the service level"),
}  # fmt: skip


def value_text(kind: BulkKind, value: str, staff: Mapping[str, str], levels: Mapping[str, str]) -> str:
    """The name of the owner or the service level, or the tag."""
    if kind is BulkKind.OWNER:
        return _("nobody yet") if value == "0" else staff.get(value, value)
    return levels.get(value, value) if kind is BulkKind.SERVICE_LEVEL else value


def sentence(change: Change, planned: Preview, value: str) -> str:
    """ "12 customers get the owner Petra Lang." """
    templates = {
        BulkKind.OWNER: ngettext(
            "One customer gets the owner %(value)s.", "%(num)s customers get the owner %(value)s.", planned.changing
        ),
        BulkKind.TAG_ADD: ngettext(
            "One customer gets the tag “%(value)s”.", "%(num)s customers get the tag “%(value)s”.", planned.changing
        ),
        BulkKind.TAG_REMOVE: ngettext(
            "One customer loses the tag “%(value)s”.", "%(num)s customers lose the tag “%(value)s”.", planned.changing
        ),
        BulkKind.SERVICE_LEVEL: ngettext(
            "One customer gets the service level %(value)s.",
            "%(num)s customers get the service level %(value)s.",
            planned.changing,
        ),
    }
    return templates[change.kind] % {"num": planned.changing, "value": value}
