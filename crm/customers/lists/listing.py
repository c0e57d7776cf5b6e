"""What the address of the list asks for. The same words filter list, portfolio, export, bulk changes, saved views and the API."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode

from crm.customers.amounts import money_from
from crm.customers.lists.sorting import SORTS
from crm.customers.lists.wanted import RFM_GROUPS, Wanted
from crm.customers.tables import CustomerKind, CustomerStatus, Origin
from crm.database import HIGHEST_ID
from crm.errors import Invalid
from crm.text import fold
from crm.web.formats import local
from crm.web.i18n import _, language

SHOWN = ("all", "mine", "overdue", "mine-overdue")
LONGEST = 200
MOST_DAYS = 3650
MOST_MONEY = Decimal(10) ** 11


class Viewer(Protocol):
    """Whose "mine" is meant."""

    @property
    def id(self) -> int: ...
    @property
    def team_id(self) -> int | None: ...


def _choice(options: Iterable[str]) -> Callable[[str], str]:
    known = frozenset(options)

    def parse(value: str) -> str:
        if value not in known:
            raise ValueError(value)
        return value

    return parse


def _someone(*words: str) -> Callable[[str], str]:
    """An id, or one of these words."""

    def parse(value: str) -> str:
        if value not in words and not (
            value.isascii() and value.isdecimal() and len(value) < 20 and 0 < int(value) <= HIGHEST_ID
        ):
            raise ValueError(value)
        return value

    return parse


def _days(value: str) -> str:
    if not (value.isascii() and value.isdecimal() and len(value) < 20 and int(value) <= MOST_DAYS):
        raise ValueError(value)
    return str(int(value))


def _money(value: str) -> str:
    """An amount as people type it, in euros."""
    amount, currency = money_from(value, language.get())
    if currency not in ("", "EUR") or not 0 <= amount < MOST_MONEY:
        raise ValueError(value)
    return f"{amount:.2f}".removesuffix(".00")  # means the same in every language


def _text(value: str) -> str:
    return value


def _folded(value: str) -> str:
    if not fold(value):
        raise ValueError(value)
    return value


def _rfm(value: str) -> str:
    """A group, or three figures from 1 to 5 with an x for any."""
    if value not in RFM_GROUPS and not re.fullmatch(r"[1-5x]{3}", value):
        raise ValueError(value)
    return value


_YES_NO = _choice(("yes", "no"))
_YES = _choice(("yes",))

FILTERS: dict[str, Callable[[str], str]] = {
    "q": _text,
    "show": _choice(SHOWN),
    "owner": _someone("me", "none"),
    "deputy": _someone("me"),
    "team": _someone("mine"),
    "status": _choice(CustomerStatus),
    "service_level": _text,
    "tag": _folded,
    "origin": _choice(Origin),
    "kind": _choice(CustomerKind),
    "place": _folded,
    "due": _choice(("overdue", "7", "30")),
    "no_contact": _days,
    "open": _YES_NO,
    "revenue_from": _money,
    "revenue_below": _money,
    "no_order": _days,
    "unchecked": _days,
    "lacking": _YES,
    "quiet": _YES,
    "class": _choice(("A", "B", "C")),
    "rfm": _rfm,
    "new": _days,
}
"""Each name of the address, and what reads its value: ValueError for one that it does not know."""

OTHER_NAMES = {"level": "service_level"}
ORDER_AND_LOOK = ("sort", "columns", "view")


@dataclass(frozen=True, slots=True)
class ListView:
    """What is asked for: the filters that are said (by name, as they stand in the address), order, columns, and the saved
    view that it began with."""

    asked: Mapping[str, str]
    sort: str
    cursor: str = ""
    columns: tuple[str, ...] = ()
    view_id: int | None = None

    @classmethod
    def of(cls, params: Any, *, strict: bool = False) -> ListView:
        """From the parameters of an address, or a request. Words that it doesn't know count as not said; with `strict`
        Invalid names them."""
        params = getattr(params, "query_params", params)
        asked: dict[str, str] = {}
        errors: dict[str, str] = {}
        for name, value in _said(params):
            try:
                asked[name] = (
                    f"{asked[name]},{FILTERS[name](value)}" if name == "tag" and name in asked else FILTERS[name](value)
                )
            except ValueError:
                errors[name] = _("“%(value)s” cannot be understood here.") % {"value": value[:40]}
        if strict and errors:
            raise Invalid(errors)
        if asked.get("show") == "all":
            del asked["show"]
        usual = "due" if "overdue" in asked.get("show", "") or asked.get("due") else "name"
        sort = str(params.get("sort") or "")
        if strict and sort and sort not in SORTS:
            raise Invalid({"sort": _("“%(value)s” cannot be understood here.") % {"value": sort[:40]}})
        columns = tuple(filter(None, _clean(params.get("columns") or "", 400).split(",")))
        view = str(params.get("view") or "")
        return cls(
            asked, sort if sort in SORTS else usual, _clean(params.get("cursor") or "", 2000), columns,
            int(view) if view.isascii() and view.isdecimal() and len(view) < 20 and 0 < int(view) <= HIGHEST_ID else None,
        )  # fmt: skip

    @classmethod
    def saved(cls, query: str, *, strict: bool = False) -> ListView:
        """From the stored query string of a saved view."""
        return cls.of(dict(parse_qsl(query)), strict=strict)

    @property
    def q(self) -> str:
        return self.asked.get("q", "")

    @property
    def show(self) -> str:
        return self.asked.get("show", "all")

    @property
    def status(self) -> str:
        return self.asked.get("status", "")

    @property
    def level(self) -> str:
        return self.asked.get("service_level", "")

    @property
    def usual_sort(self) -> str:
        return "due" if "overdue" in self.show or "due" in self.asked else "name"

    def query(self, **changes: str) -> str:
        """The query string of the same list with something changed, from its beginning: what saved views store."""
        said = {**self.asked, "columns": ",".join(self.columns), "view": str(self.view_id or ""), "sort": self.sort}
        said.update({OTHER_NAMES.get(name, name): value for name, value in changes.items()})
        without_sort = ListView(said, "")
        if said["sort"] == without_sort.usual_sort:
            said["sort"] = ""
        return self._pairs(said)

    def _pairs(self, changes: Mapping[str, str]) -> str:
        said = {**self.asked, "columns": ",".join(self.columns), "view": str(self.view_id or ""), **changes}
        return urlencode({name: value for name, value in said.items() if value and (name, value) != ("show", "all")})

    def href(self, **changes: str) -> str:
        """The address of `query`. It is never bare: the bare address leads to somebody's start view."""
        return f"/customers?{self.query(**changes) or 'show=all'}"

    def sort_href(self) -> str:
        """The address of the list up to where the key to sort by follows."""
        return f"/customers?{self._pairs({'sort': ''}) or 'show=all'}&sort="

    def of_view(self, saved: Mapping[str, Any]) -> str:
        """The address of a saved view."""
        return ListView.saved(saved["query"]).href(view=str(saved["id"]))

    def differs_from(self, query: str) -> bool:
        return ListView.saved(query).query(view="") != self.query(view="")

    def everywhere(self) -> str:
        """The same search among all customers."""
        return ListView({"q": self.q}, "name").href()

    def without_filters(self) -> str:
        """The same list with only search and whose customers."""
        kept = {name: value for name, value in self.asked.items() if name in ("q", "show")}
        return replace(self, asked=kept).href()

    def rest(self) -> list[tuple[str, str]]:
        """What the search field keeps beside what is typed into it."""
        return [(name, value) for name, value in parse_qsl(self.query()) if name != "q"]

    def kept_by_form(self) -> list[tuple[str, str]]:
        """What the filter form keeps beside its own fields."""
        return [(name, value) for name, value in parse_qsl(self.query()) if name in ("q", "show", *ORDER_AND_LOOK)]

    def selection(self) -> str:
        """The query string of the filters alone: whom it finds, in whatever order and look."""
        return urlencode(self.asked)

    def wanted(self, viewer: Viewer, now: datetime) -> Wanted:
        """Whom that means for this viewer at this moment."""
        asked = self.asked
        owner, team = asked.get("owner", ""), asked.get("team", "")
        found = Wanted(
            q=self.q,
            owner_id=_id_of(owner, viewer) or (viewer.id if self.show.startswith("mine") else None),
            without_owner=owner == "none",
            deputy_id=_id_of(asked.get("deputy", ""), viewer),
            team_id=(viewer.team_id or -1) if team == "mine" else int(team) if team else None,
            status=CustomerStatus(self.status) if self.status else None,
            service_level=self.level,
            kind=CustomerKind(asked["kind"]) if "kind" in asked else None,
            tags=tuple(fold(tag) for tag in asked.get("tag", "").split(",") if fold(tag)),
            origin=asked.get("origin", ""),
            place=asked.get("place", ""),
            lacks_something="lacking" in asked,
            quiet_on=local(now).date() if "quiet" in asked else None,
            abc_class=asked.get("class", ""),
            rfm=asked.get("rfm", ""),
            has_open_tickets=asked["open"] == "yes" if "open" in asked else None,
            sort=self.sort,
        )
        return replace(found, **_by_time(asked, self.show, now), **_by_money(asked))


def _said(params: Any) -> Iterable[tuple[str, str]]:
    """Every filter that has a value, under its own name; NUL characters and all that is too long are cut off."""
    pairs = params.multi_items() if hasattr(params, "multi_items") else params.items()
    for given, raw in pairs:
        name = OTHER_NAMES.get(given, given)
        if name not in FILTERS:
            continue
        values = raw if isinstance(raw, (list, tuple)) else str(raw).split(",") if name == "tag" else [raw]
        for value in values:
            if text := _clean(value, LONGEST):
                yield name, text


def _clean(value: Any, longest: int) -> str:
    return str(value)[:longest].replace("\x00", "").strip()


def _id_of(word: str, viewer: Viewer) -> int | None:
    return viewer.id if word == "me" else int(word) if word.isdecimal() else None


def _by_time(asked: Mapping[str, str], show: str, now: datetime) -> dict[str, Any]:
    found: dict[str, Any] = {}
    due = asked.get("due", "overdue" if "overdue" in show else "")
    if due:
        found["overdue_at"] = now if due == "overdue" else now + timedelta(days=int(due))
    for name, field in (("no_contact", "no_contact_since"), ("new", "created_since")):
        if name in asked:
            found[field] = now - timedelta(days=int(asked[name]))
    for name, field in (("no_order", "no_order_since"), ("unchecked", "unchecked_since")):
        if name in asked:
            found[field] = local(now).date() - timedelta(days=int(asked[name]))
    return found


def _by_money(asked: Mapping[str, str]) -> dict[str, Any]:
    return {name: Decimal(asked[name]) for name in ("revenue_from", "revenue_below") if name in asked}
