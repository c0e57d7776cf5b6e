"""Duplicates over the API: the pairs, deciding about them, merging and undoing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row
from crm.errors import Invalid
from crm.records import duplicates as reads
from crm.records.dismissing import dismiss_pair, reopen_pair
from crm.records.merging import Wish, merge_customers, undo_merge
from crm.records.references import CHOSEN, PERSON_CHOSEN
from crm.records.tables import PairState
from crm.web.i18n import _
from crm.web.parameters import Id, Limit

Which = Annotated[str, QueryParameter(name="state", description="open or dismissed")]


class SideOut(msgspec.Struct):
    """One of two customers that may be one."""

    id: int
    external_id: str | None
    number: str
    kind: str
    name: str
    status: str
    given_name: str | None
    family_name: str | None
    birthday: date | None
    emails: list[str]
    phones: list[str]
    street: str
    postcode: str
    city: str
    version: int


class PairOut(msgspec.Struct):
    """`score` is between 0 and 1; `reasons` are codes, those that speak against it end in `_other`."""

    id: int
    a: SideOut
    b: SideOut
    score: float
    reasons: list[str]
    state: str


class PairPage(msgspec.Struct):
    items: list[PairOut]
    next: str | None


class MergeIn(msgspec.Struct, forbid_unknown_fields=True):
    """`survivor` stays, `merged` is taken into it. `take` names the fields whose value comes from the merged one; what is empty at
    the survivor should be among them. `persons` pairs a person of the merged organisation with the same one of the survivor; left
    out, those that look the same are taken for one."""

    survivor: Id
    merged: Id
    take: list[str] = []
    persons: list[tuple[Id, Id]] | None = None


class MergeOut(msgspec.Struct):
    id: int
    survivor: int
    merged: int
    at: datetime
    undone_at: datetime | None


class MergePage(msgspec.Struct):
    items: list[MergeOut]
    next: str | None


class UndoneOut(msgspec.Struct):
    """`stays` counts by kind what came to the survivor since and stays there; `changed` are fields that somebody changed since, whose
    value stays too."""

    id: int
    survivor: int
    merged: int
    stays: dict[str, int]
    changed: list[str]


@get("/duplicates", permission=Permission.CUSTOMERS_EDIT)
async def list_duplicates(
    request: StaffRequest, limit: Limit = 50, cursor: FromQuery[str] = "", which: Which = "open"
) -> PairPage:
    """Pairs of customers that may be one, the likeliest first; with `state=dismissed` those that somebody said are two."""
    try:
        wanted = PairState(which)
    except ValueError:
        raise Invalid({"state": _("Please choose one of the options.")}) from None
    pairs = await reads.pairs_of(wanted, limit=limit, cursor=cursor or None)
    return PairPage([_pair(pair) for pair in pairs.items], pairs.next)


@get("/duplicates/{pair_id:int}", permission=Permission.CUSTOMERS_EDIT)
async def show_duplicate(request: StaffRequest, pair_id: FromPath[int]) -> PairOut:
    """One pair."""
    return _pair(await reads.pair_for(pair_id))


@post("/duplicates/{pair_id:int}/dismissal", permission=Permission.CUSTOMERS_EDIT, status_code=200)
async def dismiss(request: StaffRequest, pair_id: FromPath[int]) -> PairOut:
    """No duplicate: the pair is not listed again, unless one of the two changes."""
    await reads.pair_for(pair_id)
    await dismiss_pair(pair_id, by=request.user.id, now=datetime.now(UTC))
    return _pair(await reads.pair_for(pair_id))


@delete("/duplicates/{pair_id:int}/dismissal", permission=Permission.CUSTOMERS_EDIT, status_code=200)
async def take_back_dismissal(request: StaffRequest, pair_id: FromPath[int]) -> PairOut:
    """To be decided about after all."""
    await reads.pair_for(pair_id)
    await reopen_pair(pair_id, by=request.user.id, now=datetime.now(UTC))
    return _pair(await reads.pair_for(pair_id))


@post("/merges", permission=Permission.CUSTOMERS_EDIT, status_code=201)
async def merge(request: StaffRequest, data: JSONBody[MergeIn]) -> Response[bytes]:
    """Take one customer into another. Links and calls with the merged one's id lead to the survivor from then on."""
    now = datetime.now(UTC)
    if unknown := sorted(set(data.take) - {*CHOSEN, *PERSON_CHOSEN}):
        raise Invalid(
            {"take": _("Unknown fields: %(names)s.") % {"names": ", ".join(name[:40] for name in unknown[:10])}}
        )
    wish = Wish(data.survivor, data.merged, frozenset(data.take), None if data.persons is None else tuple(data.persons))

    async def do() -> MergeOut:
        merge_id = await merge_customers(wish, by=request.user.id, now=now)
        return _merge(await reads.merge_for(merge_id))

    return await created_once(request, do, now=now)


@get("/merges", permission=Permission.CUSTOMERS_EDIT)
async def list_merges(request: StaffRequest, limit: Limit = 50, cursor: FromQuery[str] = "") -> MergePage:
    """Merges, the newest first."""
    rows, following = await reads.merges(limit=limit, cursor=cursor or None)
    return MergePage([_merge(row) for row in rows], following)


@post("/merges/{merge_id:int}/reversal", permission=Permission.CUSTOMERS_EDIT, status_code=200)
async def undo(request: StaffRequest, merge_id: FromPath[int]) -> UndoneOut:
    """Two customers again, with everything that each of them had. What came since stays with the survivor."""
    row = await reads.merge_for(merge_id)
    undone = await undo_merge(merge_id, by=request.user.id, now=datetime.now(UTC))
    return UndoneOut(row.id, row.survivor, row.merged, dict(undone.stays), list(undone.changed))


def _pair(pair: reads.PairOfCustomers) -> PairOut:
    return PairOut(pair.id, _side(pair.a), _side(pair.b), pair.score, list(pair.reasons), pair.state)


def _side(row: Row) -> SideOut:
    return SideOut(**{name: row[name] for name in SideOut.__struct_fields__})


def _merge(row: Row) -> MergeOut:
    return MergeOut(row.id, row.survivor, row.merged, row.at, row.undone_at)


route_handlers = [
    list_duplicates, show_duplicate, dismiss, take_back_dismissal, merge, list_merges, undo,
]  # fmt: skip
