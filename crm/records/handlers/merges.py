"""The pages of merging: two customers side by side, field by field; what was merged, and undoing it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.words import field_label
from crm.database import HIGHEST_ID
from crm.errors import Conflict, NotFound
from crm.records import duplicates as reads
from crm.records.comparing import comparison
from crm.records.duplicate_words import reasons_against, reasons_for, stays_text, surely
from crm.records.merging import Wish, merge_customers, undo_merge, what_stays
from crm.records.references import CHOSEN, PERSON_CHOSEN
from crm.web.forms import Fields
from crm.web.render import fragment, is_fragment, page, see_other

PAGE = 30
_VERSIONS = re.compile(r"(\d{1,9})-(\d{1,9})")
_PERSONS = re.compile(r"(\d{1,18})-(\d{1,18})")


@get("/merges/new", permission=Permission.CUSTOMERS_EDIT)
async def new_merge(request: StaffRequest) -> Response[str]:
    """Two customers side by side, with a proposal for each field that differs."""
    fields = Fields(dict(request.query_params.items()))
    survivor, merged = fields.reference("survivor"), fields.reference("merged")
    if survivor is None or merged is None or survivor == merged:
        raise NotFound()
    return await _merge_page(request, survivor, merged)


@post("/merges", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def merge(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    form = await request.form()
    fields = Fields(dict(form))
    survivor, merged = fields.reference("survivor", required=True), fields.reference("merged", required=True)
    if survivor is None or merged is None:
        raise NotFound()
    take = frozenset(name for name in (*CHOSEN, *PERSON_CHOSEN) if fields.text(f"take_{name}") == "merged")
    versions = _VERSIONS.fullmatch(fields.text("versions"))
    wish = Wish(
        survivor,
        merged,
        take,
        _persons(form.getall("persons", [])),
        (int(versions[1]), int(versions[2])) if versions else None,
    )

    async def do() -> str:
        return f"/merges/{await merge_customers(wish, by=request.user.id, now=now)}"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Conflict as conflict:
        return await _merge_page(request, survivor, merged, conflict)


@get("/merges", permission=Permission.CUSTOMERS_EDIT)
async def list_merges(request: StaffRequest) -> Response[str]:
    """What was merged, the newest first."""
    cursor = request.query_params.get("cursor", "")
    rows, following = await reads.merges(limit=PAGE, cursor=cursor or None)
    context: dict[str, Any] = {
        "rows": rows,
        "next_href": "/merges?" + urlencode({"cursor": following}) if following else "",
    }
    if is_fragment(request) and cursor:
        return await fragment(request, "records/_merge_rows.html", **context)
    return await page(request, "records/merges.html", **context, count=await reads.open_pairs())


@get("/merges/{merge_id:int}", permission=Permission.CUSTOMERS_EDIT)
async def show_merge(request: StaffRequest, merge_id: FromPath[int]) -> Response[str]:
    """A merge: who was taken into whom, and what would stay if it were undone."""
    row = await reads.merge_for(merge_id)
    stays = stays_text(await what_stays(merge_id))
    changed = [
        field_label(name)
        for name in request.query_params.get("kept", "").split(",")
        if name in (*CHOSEN, *PERSON_CHOSEN)
    ]
    return await page(request, "records/merge.html", merge=row, stays=stays, changed=", ".join(changed))


@post("/merges/{merge_id:int}/reversal", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def undo(request: StaffRequest, merge_id: FromPath[int]) -> Response[Any]:
    await reads.merge_for(merge_id)
    undone = await undo_merge(merge_id, by=request.user.id, now=datetime.now(UTC))
    kept = f"?kept={','.join(undone.changed)}" if undone.changed else ""
    return see_other(request, f"/merges/{merge_id}{kept}")


async def _merge_page(
    request: StaffRequest, survivor: int, merged: int, conflict: Conflict | None = None
) -> Response[str]:
    found = await comparison(survivor, merged)
    pair = await reads.pair_with(survivor, merged)
    return await page(
        request, "records/new_merge.html", status=409 if conflict else 200, found=found, pair=pair, conflict=conflict,
        reasons_for=reasons_for, reasons_against=reasons_against, surely=surely,
        codes=tuple(filter(None, pair.reasons.split(","))) if pair else (),
    )  # fmt: skip


def _persons(values: list[Any]) -> tuple[tuple[int, int], ...]:
    """The pairs of persons that were ticked: "12-7" is person 12 of the merged customer and person 7 of the survivor."""
    found = [_PERSONS.fullmatch(str(value)) for value in values]
    pairs = tuple((int(match[1]), int(match[2])) for match in found if match)
    return tuple(pair for pair in pairs if max(pair) <= HIGHEST_ID)


route_handlers = [new_merge, merge, list_merges, show_merge, undo]
