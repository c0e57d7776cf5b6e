"""The pages of imports: list, upload, dry run, progress, result, undo."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Stream

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.orders.words import label as order_field
from crm.customers.words import field_label as customer_field
from crm.errors import Invalid
from crm.records.file_store import MOST_BYTES, uploaded_copy
from crm.records.handlers.import_mapping import page_words
from crm.records.import_queries import LineView, lines_of_run, recent_runs, run_named
from crm.records.imports import (
    decide_rows,
    discard_import,
    receive_import,
    start_import,
    stop_import,
)
from crm.records.mending import mending_file
from crm.records.sentences import OUTCOMES, outcome_words
from crm.records.tables import RunStatus
from crm.records.targets import ImportKind
from crm.records.undoing import plan_undo, request_undo
from crm.records.undoing_words import why_kept
from crm.web.forms import Fields
from crm.web.i18n import _, word
from crm.web.render import fragment, is_fragment, page, see_other


@get("/imports", permission=Permission.DATA_IMPORT)
async def list_imports(request: StaffRequest) -> Response[str]:
    """What was imported, the newest first; for htmx the next rows."""
    before = request.query_params.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    runs = await recent_runs(51, number)
    context: dict[str, Any] = {
        "runs": runs[:50],
        "next_href": f"/imports?before={runs[49].id}" if len(runs) > 50 else "",
        **page_words(),
    }
    if is_fragment(request) and number:
        return await fragment(request, "imports/_runs.html", **context)
    return await page(request, "imports/index.html", **context)


@get("/imports/new", permission=Permission.DATA_IMPORT)
async def new_import(request: StaffRequest) -> Response[str]:
    return await _new_page(request, {"kind": request.query_params.get("kind", "customers")}, {})


async def _new_page(
    request: StaffRequest, values: Mapping[str, Any], errors: Mapping[str, str], status: int = 200
) -> Response[str]:
    return await page(
        request,
        "imports/new.html",
        status=status,
        values=values,
        errors=errors,
        megabytes=MOST_BYTES // 1_000_000,
        **page_words(),
    )


@post("/imports", permission=Permission.DATA_IMPORT, status_code=303, request_max_body_size=MOST_BYTES + 1_000_000)
async def receive(request: StaffRequest) -> Response[Any]:
    """Takes the file and goes on to the assignment of its columns."""
    form = await request.form()
    upload = form.get("file")
    fields = Fields({"kind": form.get("kind", "")})
    try:
        kind = fields.choice("kind", ImportKind, ImportKind.CUSTOMERS)
        fields.check()
        if not isinstance(upload, UploadFile) or not upload.filename:
            raise Invalid({"file": _("Choose a file.")})
        async with uploaded_copy(upload) as path:
            run_id = await receive_import(path, upload.filename, kind, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _new_page(request, {"kind": str(form.get("kind", ""))[:40]}, error.errors, status=422)
    return see_other(request, f"/imports/{run_id}/mapping")


@get("/imports/{run_id:int}", permission=Permission.DATA_IMPORT)
async def show_import(request: StaffRequest, run_id: FromPath[int]) -> Response[Any]:
    """How far it is, and what became of the rows; for htmx the next rows."""
    run = await run_named(run_id)
    if run.status == RunStatus.RECEIVED:
        return see_other(request, f"/imports/{run_id}/mapping")
    asked = request.query_params
    outcome = asked.get("outcome", "") if asked.get("outcome", "") in OUTCOMES else ""
    after = asked.get("after", "")
    lines, more = await lines_of_run(
        run, outcome, int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    )
    context: dict[str, Any] = {
        "run": run, "lines": lines, "outcome": outcome, "change_words": _change_words,
        "next_href": f"/imports/{run_id}?outcome={outcome}&after={more}" if more else "", **page_words(run.row.kind),
    }  # fmt: skip
    if is_fragment(request) and after:
        return await fragment(request, "imports/_lines.html", **context)
    chips = [(_("All"), f"/imports/{run_id}", not outcome, sum(run.counts.values()))]
    chips += [
        (
            word(outcome_words(run.row.kind), code),
            f"/imports/{run_id}?outcome={code}",
            outcome == code,
            run.counts[code],
        )
        for code in OUTCOMES
        if run.counts.get(code)
    ]
    return await page(request, "imports/show.html", chips=chips, **context)


def _change_words(line: LineView) -> str:
    names = [name for name, _former, _new in line.changes]
    told = [order_field(name) if line.is_of_sales else customer_field(name) for name in names]
    return ", ".join(dict.fromkeys([*told, *line.attributes]))


@get("/imports/{run_id:int}/state", permission=Permission.DATA_IMPORT)
async def show_state(request: StaffRequest, run_id: FromPath[int]) -> Response[Any]:
    """The progress, which the page asks for every second; when it is done the whole page comes again."""
    run = await run_named(run_id)
    if not run.is_active:
        return Response("", headers={"hx-refresh": "true"})
    return await fragment(request, "imports/_state.html", run=run, **page_words(run.row.kind))


@post("/imports/{run_id:int}/execution", permission=Permission.DATA_IMPORT, status_code=303)
async def execute_import(request: StaffRequest, run_id: FromPath[int]) -> Response[Any]:
    """Begins the import after its dry run, or goes on with one that stopped."""
    await run_named(run_id)
    try:
        await start_import(run_id, now=datetime.now(UTC))
    except Invalid:
        return see_other(request, f"/imports/{run_id}/mapping")
    return see_other(request, f"/imports/{run_id}")


@post("/imports/{run_id:int}/pause", permission=Permission.DATA_IMPORT, status_code=303)
async def pause_import(request: StaffRequest, run_id: FromPath[int]) -> Response[Any]:
    await run_named(run_id)
    await stop_import(run_id, now=datetime.now(UTC))
    return see_other(request, f"/imports/{run_id}")


@post("/imports/{run_id:int}/decisions", permission=Permission.DATA_IMPORT, status_code=303)
async def save_decisions(request: StaffRequest, run_id: FromPath[int]) -> Response[Any]:
    """What is to happen with customers who are there already, one by one."""
    await run_named(run_id)
    form = dict(await request.form())
    decisions = {
        int(name[5:]): str(value)
        for name, value in form.items()
        if name.startswith("line-") and name[5:].isdecimal() and len(name) < 15
    }
    await decide_rows(run_id, decisions, now=datetime.now(UTC))
    return see_other(request, f"/imports/{run_id}?outcome=asked")


@get("/imports/{run_id:int}/wrong-rows", permission=Permission.DATA_IMPORT)
async def download_wrong_rows(request: StaffRequest, run_id: FromPath[int]) -> Stream:
    """The rows to mend, as a file that can be imported again."""
    run = await run_named(run_id)
    name = _("wrong-rows") + f"-{run_id}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Stream(mending_file(run_id, run.columns), media_type="text/csv; charset=utf-8", headers=headers)


@get("/imports/{run_id:int}/reversal", permission=Permission.DATA_IMPORT)
async def show_undo(request: StaffRequest, run_id: FromPath[int]) -> Response[str]:
    """What undoing would do, and what it could not."""
    run = await run_named(run_id)
    plan = await plan_undo(run_id, now=datetime.now(UTC))
    return await page(request, "imports/undo.html", run=run, plan=plan, why_kept=why_kept, **page_words())


@post("/imports/{run_id:int}/reversal", permission=Permission.DATA_IMPORT, status_code=303)
async def undo(request: StaffRequest, run_id: FromPath[int]) -> Response[Any]:
    await run_named(run_id)
    await request_undo(run_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/imports/{run_id}")


@post("/imports/{run_id:int}/removal", permission=Permission.DATA_IMPORT, status_code=303)
async def discard(request: StaffRequest, run_id: FromPath[int]) -> Response[Any]:
    """Forgets an import that has written nothing."""
    await run_named(run_id)
    await discard_import(run_id)
    return see_other(request, "/imports")


route_handlers = [
    list_imports, new_import, receive, show_import, show_state, execute_import, pause_import,
    save_decisions, download_wrong_rows, show_undo, undo, discard,
]  # fmt: skip
