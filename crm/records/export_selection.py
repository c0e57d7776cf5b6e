"""Whom an export is about: the customers that a list's query string finds, or the ticked ones; and that in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.customers.lists.filter_words import LABELS
from crm.customers.lists.finding import customer_ids, how_many
from crm.customers.lists.listing import ListView
from crm.customers.lists.wanted import Wanted
from crm.customers.words import KINDS, ORIGINS, STATUSES
from crm.database import fetch, fetch_one
from crm.web.formats import num
from crm.web.i18n import _, ngettext, word

MOST = 10_000_000


@dataclass(frozen=True, slots=True)
class _Viewer:
    id: int
    team_id: int | None


async def _wanted(query: str, ids: Sequence[int] | None, by: int, now: datetime) -> Wanted:
    """Ticked customers are what is meant, whatever the list around them shows."""
    if ids is not None:
        return Wanted(among=tuple(ids))
    row = await fetch_one("SELECT id, team FROM staff WHERE id = $1", by)
    viewer = _Viewer(by, row.team if row else None)
    return ListView.saved(query).wanted(viewer, now)


async def selected_ids(query: str, ids: Sequence[int] | None, *, by: int, now: datetime) -> list[int]:
    """The customers, by id. "Mine" in a query is that of the person who asked."""
    return await customer_ids(await _wanted(query, ids, by, now))


async def selected_count(query: str, ids: Sequence[int] | None, *, by: int, now: datetime) -> int:
    return await how_many(await _wanted(query, ids, by, now), most=MOST)


async def described(query: str, ids: Sequence[int] | None) -> str:
    """The selection in the words of the moment: "Status: Customer; City or postcode: Nürnberg"."""
    if ids is not None:
        return ngettext("one ticked customer", "%(num)s ticked customers", len(ids)) % {"num": num(len(ids))}
    asked = ListView.saved(query).asked
    names = await _staff_names(asked.get("owner", ""), asked.get("deputy", ""))
    shown = {"mine": _("mine"), "overdue": _("contact overdue"), "mine-overdue": _("mine, contact overdue")}
    parts = []
    for name, value in asked.items():
        if name == "show":
            parts.append(shown.get(value, value))
            continue
        if name == "q":
            parts.append(_("search for “%(text)s”") % {"text": value})
            continue
        words = {"status": STATUSES, "kind": KINDS, "origin": ORIGINS}.get(name, {})
        text = names.get(value, word(words, value))
        parts.append(f"{word(LABELS, name)}: {text}")
    return "; ".join(parts) or _("all customers")


async def _staff_names(*values: str) -> dict[str, str]:
    ids = [int(value) for value in values if value.isdecimal()]
    rows = await fetch("SELECT id, name FROM staff WHERE id = ANY($1)", ids) if ids else []
    return {"me": _("me"), "none": _("nobody"), **{str(row.id): row.name for row in rows}}
