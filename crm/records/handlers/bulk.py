"""The pages of changes to many customers: choose, preview, do, watch, undo."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.lists.listing import ListView
from crm.customers.lists.tables import BulkKind
from crm.customers.lists.views import list_around
from crm.customers.lists.wanted import Wanted
from crm.database import HIGHEST_ID
from crm.errors import Invalid, RuleBroken
from crm.records.bulk import (
    Change,
    bulk_changes,
    bulk_for,
    chosen_ids,
    demand_choice,
    preview,
    start_bulk_change,
    undo_bulk_change,
)
from crm.records.bulk_words import KINDS, sentence, value_text
from crm.service_levels.queries import service_levels
from crm.web.forms import Fields
from crm.web.i18n import _, local_name, word
from crm.web.render import fragment, is_fragment, page, see_other

P = Permission
PAGE = 50
VALUES = ("owner_value", "tag_value", "level_value")


def _ticked(values: list[str]) -> tuple[int, ...]:
    """The ids that were ticked; whatever isn't one is nobody."""
    return tuple(
        int(each)
        for each in values
        if each.isascii() and each.isdecimal() and len(each) < 20 and 0 < int(each) <= HIGHEST_ID
    )


def _selection(request: StaffRequest, params: Any, now: datetime) -> tuple[Wanted, ListView, tuple[int, ...]]:
    """Whom it is about: the ticked ones, or (without any) everybody whom the filters find."""
    view = ListView.of(params)
    ids = _ticked([str(each) for each in params.getall("ids", [])])
    everything = str(params.get("everything", "")) == "1"
    wanted = view.wanted(request.user, now) if everything else Wanted(among=ids)
    return wanted, view, () if everything else ids


@get("/customers/bulk-changes/new", permission=P.CUSTOMERS_EDIT)
async def choose_bulk_change(request: StaffRequest) -> Response[str]:
    """What shall change; once that is said, what it would do."""
    return await _page(request, request.query_params)


async def _page(
    request: StaffRequest, params: Any, *, errors: dict[str, str] | None = None, status: int = 200
) -> Response[str]:
    now, errors = datetime.now(UTC), dict(errors or {})
    wanted, view, ticked = _selection(request, params, now)
    found, planned, change, ids = None, None, None, []
    try:
        ids = await chosen_ids(wanted)
        demand_choice(ids)
        if params.get("change"):
            change = await Change.parse(Fields({"change": params.get("change", ""), "value": _value(params)}))
            planned = await preview(change, ids)
    except Invalid as error:
        errors |= error.errors
    except RuleBroken as error:
        errors[""] = error.sentence
    around = await list_around(request.user)
    levels = [(level.code, local_name(level)) for level in await service_levels()]
    staff = [(str(each), name) for each, name in around.staff]
    found = value_text(change.kind, change.value, dict(staff), dict(levels)) if change else ""
    return await page(
        request, "records/bulk_new.html", status=422 if errors and status == 200 and params.get("change") else status,
        errors=errors, view=view, ticked=ticked, count=len(ids), change=change, planned=planned, value=found,
        kinds=[(kind.value, word(KINDS, kind.value)) for kind in BulkKind], kind=str(params.get("change", "")) or "owner",
        staff=staff, levels=levels, tags=around.tags, params={name: str(params.get(name, "")) for name in VALUES},
        question=sentence(change, planned, found) if change and planned else "",
    )  # fmt: skip


def _value(params: Any) -> str:
    """Each kind of change has its own field, so that the page works without scripts; the API's name works too."""
    field = {"owner": "owner_value", "service_level": "level_value"}.get(str(params.get("change", "")), "tag_value")
    return str(params.get(field) or params.get("value", ""))


@post("/customers/bulk-changes", permission=P.CUSTOMERS_EDIT, status_code=303)
async def do_bulk_change(request: StaffRequest) -> Response[Any]:
    form, now = await request.form(), datetime.now(UTC)
    wanted, view, ticked = _selection(request, form, now)
    try:
        change = await Change.parse(Fields({"change": form.get("change", ""), "value": _value(form)}))

        async def do() -> str:
            ids = await chosen_ids(wanted)
            demand_choice(ids)
            query = "" if ticked else view.selection() or "show=all"
            return f"/customers/bulk-changes/{await start_bulk_change(change, ids, query, by=request.user.id, now=now)}"

        return see_other(request, await form_once(request, str(form.get("submission_id", "")), do, now=now))
    except Invalid as error:
        return await _page(request, form, errors=error.errors, status=422)
    except RuleBroken as error:
        return await _page(request, form, errors={"": error.sentence}, status=422)


@get("/customers/bulk-changes", permission=P.CUSTOMERS_EDIT)
async def list_bulk_changes(request: StaffRequest) -> Response[str]:
    """What was changed about many customers: one's own, for leads everybody's."""
    before = str(request.query_params.get("cursor", ""))
    rows = await bulk_changes(
        request.user, before=int(before) if before.isdecimal() and len(before) < 19 else None, limit=PAGE
    )
    shown = [_shown(row) for row in rows[:PAGE]]
    following = f"/customers/bulk-changes?cursor={rows[PAGE - 1].id}" if len(rows) > PAGE else ""
    return await page(request, "records/bulk_changes.html", changes=shown, next_href=following)


@get("/customers/bulk-changes/{bulk_id:int}", permission=P.CUSTOMERS_EDIT)
async def show_bulk_change(request: StaffRequest, bulk_id: FromPath[int]) -> Response[str]:
    """What was done, and while a worker is at it, how far it is."""
    change = _shown(await bulk_for(request.user, bulk_id))
    if is_fragment(request):
        return await fragment(request, "records/_bulk_state.html", change=change)
    return await page(request, "records/bulk_change.html", change=change)


@post("/customers/bulk-changes/{bulk_id:int}/reversal", permission=P.CUSTOMERS_EDIT, status_code=303)
async def take_bulk_change_back(request: StaffRequest, bulk_id: FromPath[int]) -> Response[Any]:
    await bulk_for(request.user, bulk_id)
    await undo_bulk_change(bulk_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/customers/bulk-changes/{bulk_id}")


def _shown(row: Any) -> dict[str, Any]:
    """A change with its words."""
    names = {row.value: row.owner_name or ""}
    levels = {row.value: local_name(row)} if row.name_de else {}
    text = value_text(BulkKind(row.kind), row.value, names, levels)
    return {**dict(row), "title": _("%(what)s: %(value)s") % {"what": word(KINDS, row.kind), "value": text}}


route_handlers = [
    choose_bulk_change, do_bulk_change, list_bulk_changes, show_bulk_change, take_bulk_change_back,
]  # fmt: skip
