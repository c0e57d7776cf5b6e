"""Two versions of a measure side by side, after somebody else was quicker: codes, numbers and days as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from crm.errors import Conflict
from crm.web.formats import num, short_date
from crm.web.i18n import _


def readable(conflict: Conflict, names: Mapping[str, Mapping[str, str]]) -> Conflict:
    """The same conflict, told in words; `names` are those of the codes and ids of a field."""
    told = [
        replace(one, theirs=_shown(one.field, one.theirs, names), mine=_shown(one.field, one.mine, names))
        for one in conflict.differences
    ]
    return Conflict(conflict.sentence, told, conflict.version)


def _shown(name: str, value: str, names: Mapping[str, Mapping[str, str]]) -> str:
    if not value:
        return "–"
    if name == "due_on":
        return short_date(date.fromisoformat(value))
    if name == "days":
        return _("%(n)s days") % {"n": value}
    if name in ("target", "cost"):
        return written(Decimal(value))
    return names.get(name, {}).get(value, value)


def written(value: Decimal | None) -> str:
    """A number as its reader would type it."""
    return "" if value is None else num(value, 0 if value == value.to_integral_value() else 2).replace("\u00a0", "")
