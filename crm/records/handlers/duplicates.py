"""The pages about duplicates: the review list, and what is decided there about a pair."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.errors import NotFound
from crm.records import duplicates as reads
from crm.records.comparing import better_survivor
from crm.records.dismissing import dismiss_pair, reopen_pair
from crm.records.duplicate_words import reasons_against, reasons_for, surely
from crm.records.searching import last_search, request_duplicate_search
from crm.records.tables import PairState
from crm.web.i18n import N_
from crm.web.render import flashes, fragment, is_fragment, page, see_other

PAGE = 30
DONE = {
    "dismissed": N_("Noted: these are two customers. The pair comes back only if one of them changes."),
    "searching": N_("All customers are being compared. New pairs show up here within a minute."),
}
WORDS: dict[str, Any] = {"reasons_for": reasons_for, "reasons_against": reasons_against, "surely": surely}


@get("/duplicates", permission=Permission.CUSTOMERS_EDIT)
async def list_duplicates(request: StaffRequest) -> Response[str]:
    """Pairs to decide about, the likeliest first; or those that were said to be two customers."""
    asked = request.query_params
    state = PairState.DISMISSED if asked.get("show") == PairState.DISMISSED else PairState.OPEN
    pairs = await reads.pairs_of(state, limit=PAGE, cursor=asked.get("cursor") or None)
    shown = {"show": state.value} if state is PairState.DISMISSED else {}
    context: dict[str, Any] = {
        "pairs": pairs, "state": state, **WORDS,
        "next_href": "/duplicates?" + urlencode({**shown, "cursor": pairs.next}) if pairs.next else "",
    }  # fmt: skip
    if is_fragment(request) and asked.get("cursor"):
        return await fragment(request, "records/_pairs.html", **context)
    count = await reads.open_pairs()
    return await page(
        request,
        "records/duplicates.html",
        **context,
        count=count,
        search=await last_search(),
        flashes=[{**said, **await _undo(asked.get("pair", ""))} for said in flashes(request, DONE)],
    )


@get("/duplicates/{pair_id:int}", permission=Permission.CUSTOMERS_EDIT)
async def show_duplicate(request: StaffRequest, pair_id: FromPath[int]) -> Response[Any]:
    """Both side by side, on the page where they can be merged."""
    pair = await reads.pair_for(pair_id)
    survivor, merged = await better_survivor(pair.a.id, pair.b.id)
    return see_other(request, f"/merges/new?survivor={survivor}&merged={merged}")


@post("/duplicates/{pair_id:int}/dismissal", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def dismiss(request: StaffRequest, pair_id: FromPath[int]) -> Response[Any]:
    await reads.pair_for(pair_id)
    await dismiss_pair(pair_id, by=request.user.id, now=datetime.now(UTC))
    if is_fragment(request):
        return await fragment(request, "records/_decided.html", pair=await reads.pair_for(pair_id), **WORDS)
    return see_other(request, f"/duplicates?done=dismissed&pair={pair_id}")


@post("/duplicates/{pair_id:int}/reopening", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def reopen(request: StaffRequest, pair_id: FromPath[int]) -> Response[Any]:
    await reads.pair_for(pair_id)
    await reopen_pair(pair_id, by=request.user.id, now=datetime.now(UTC))
    back_to_both = (await request.form()).get("to") == "pair"
    return see_other(request, f"/duplicates/{pair_id}" if back_to_both else "/duplicates")


@post("/duplicates/search", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def search(request: StaffRequest) -> Response[Any]:
    """Compare all customers now, and not only tonight."""
    await request_duplicate_search(now=datetime.now(UTC))
    return see_other(request, "/duplicates?done=searching")


async def _undo(pair_id: str) -> dict[str, Any]:
    """The button beside the message that takes "no duplicate" back and leads to both again, for as long as it was not taken back."""
    if not (pair_id.isascii() and pair_id.isdigit() and len(pair_id) < 19):
        return {}
    try:
        pair = await reads.pair_for(int(pair_id))
    except NotFound:
        return {}
    is_dismissed = pair.state == PairState.DISMISSED
    return {"undo": f"/duplicates/{pair.id}/reopening", "hidden": {"to": "pair"}} if is_dismissed else {}


route_handlers = [list_duplicates, show_duplicate, dismiss, reopen, search]
