"""The pages of imports: list, upload, assignment of columns, dry run, progress, result, undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from crm.profiles.definitions import Definition
from crm.records.attribute_cells import offered_attributes, with_attributes
from crm.records.file_store import MOST_BYTES, uploaded_copy
from crm.records.headers import recognise, tool_name
from crm.records.import_queries import LineView, RunView, lines_of_run, recent_runs, run_named
from crm.records.imports import (
    Settings,
    assign_columns,
    check_import,
    decide_rows,
    discard_import,
    field_label,
    read_again,
    receive_import,
    start_import,
    stop_import,
)
from crm.records.mending import mending_file
from crm.records.number_writing import written_numbers
from crm.records.reading import Choices
from crm.records.reading_csv import DELIMITERS
from crm.records.sentences import KINDS, OUTCOMES, RULES, STATUSES, outcome_words
from crm.records.tables import Rule, RunStatus
from crm.records.targets import ATTRIBUTE, TARGETS, ImportKind
from crm.records.text_files import ENCODINGS
from crm.records.undoing import plan_undo, request_undo
from crm.records.undoing_words import why_kept
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, N_, _, word
from crm.web.render import fragment, is_fragment, page, see_other

ENCODING_WORDS = {
    "utf-8": "UTF-8", "cp1252": "Windows-1252", "utf-16": "UTF-16", "cp850": "DOS (850)", "mac_roman": "Mac Roman",
    "cp1250": "Windows-1250",
    "iso8859_15": "ISO 8859-15", "cp1251": "Windows-1251", "cp1253": "Windows-1253", "cp1254": "Windows-1254",
}  # fmt: skip
COLUMNS_SHOWN = 150
"""More columns than that are shown only if they are assigned."""
DELIMITER_WORDS = {";": N_("semicolon"), ",": N_("comma"), "\t": N_("tabulator"), "|": N_("vertical bar")}


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column on the page that assigns them."""

    place: int
    header: str
    samples: Sequence[str]
    field: str
    is_recognised: bool


@get("/imports", permission=Permission.DATA_IMPORT)
async def list_imports(request: StaffRequest) -> Response[str]:
    """What was imported, the newest first; for htmx the next rows."""
    before = request.query_params.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    runs = await recent_runs(51, number)
    context: dict[str, Any] = {
        "runs": runs[:50],
        "next_href": f"/imports?before={runs[49].id}" if len(runs) > 50 else "",
        **_words(),
    }
    if is_fragment(request) and number:
        return await fragment(request, "imports/_runs.html", **context)
    return await page(request, "imports/index.html", **context)


def _words(kind: str = "") -> dict[str, Any]:
    return {
        "word": word,
        "kinds": KINDS,
        "statuses": STATUSES,
        "outcomes": outcome_words(kind),
        "rules": RULES,
        "tool_name": tool_name,
    }


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
        **_words(),
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


@get("/imports/{run_id:int}/mapping", permission=Permission.DATA_IMPORT)
async def show_mapping(request: StaffRequest, run_id: FromPath[int]) -> Response[Any]:
    run = await run_named(run_id)
    if run.has_begun or run.is_active:
        return see_other(request, f"/imports/{run_id}")
    values = {
        "rule": run.row.rule,
        "source": run.row.source,
        "informed_on": run.row.informed_on,
        "informed": "1" if run.row.informed_on else "",
    }
    return await _mapping_page(request, run, run.mapping, values, {})


async def _mapping_page(
    request: StaffRequest, run: RunView, mapping: Sequence[str], values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    kind = ImportKind(run.row.kind)
    offered = await offered_attributes(request.user.id) if kind is ImportKind.CUSTOMERS else []
    seen = with_attributes(run.columns, recognise(run.columns, kind).fields, offered)
    columns = [
        ColumnView(
            place,
            header,
            run.samples[place] if place < len(run.samples) else (),
            code,
            bool(code) and code == seen[place],
        )
        for place, (header, code) in enumerate(zip(run.columns, mapping, strict=True))
    ]
    shown = [column for column in columns if column.field or len(columns) <= COLUMNS_SHOWN]
    return await page(
        request, "imports/mapping.html", status=422 if errors else 200, run=run, columns=shown, hidden=len(columns) - len(shown),
        options=_options(kind, offered), has_attributes=bool(offered),
        has_numbers=kind is ImportKind.ORDERS or any(ATTRIBUTE + one.code in mapping for one in offered if one.data_type == "number"),
        values=values, errors=errors, encodings=_encodings(run),
        sheets=[(name, name) for name in run.about.get("sheets", ())], delimiters=[(d, _(DELIMITER_WORDS[d])) for d in DELIMITERS],
        numbers=[("de", "1.234,50"), ("en", "1,234.50")], written_numbers=written_numbers(run.row),
        is_remembered=list(mapping) != list(seen) and run.status == RunStatus.RECEIVED, **_words(),
    )  # fmt: skip


def _encodings(run: RunView) -> list[tuple[str, str]]:
    """What can be chosen, with what was found out among it."""
    found = str(run.about.get("encoding", ""))
    codes = [*ENCODINGS, *([found] if found and found not in ENCODINGS else [])]
    return [(code, ENCODING_WORDS.get(code, code)) for code in codes]


def _options(kind: ImportKind, offered: Sequence[Definition]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields of an import, by heading."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for target in TARGETS[kind].values():
        groups.setdefault(_(target.group), []).append((target.code, field_label(kind, target.code)))
    if offered:
        groups[_("Attributes")] = [(ATTRIBUTE + one.code, one.name) for one in offered]
    return list(groups.items())


@post("/imports/{run_id:int}/mapping", permission=Permission.DATA_IMPORT, status_code=303)
async def save_mapping(request: StaffRequest, run_id: FromPath[int]) -> Response[Any]:
    """Keeps the assignment and begins the dry run, or the import itself."""
    run, now = await run_named(run_id), datetime.now(UTC)
    fields = Fields(dict(await request.form()))
    mapping = tuple(
        str(fields.values.get(f"field-{place}", "" if len(run.columns) <= COLUMNS_SHOWN else run.mapping[place]))[:60]
        for place in range(len(run.columns))
    )
    try:
        rule = fields.choice("rule", Rule, Rule.SKIP)
        informed = fields.on("informed_on", required=True) if fields.flag("informed") else None
        settings = Settings(mapping, rule, fields.text("source", limit=200), informed)
        fields.check()
        await assign_columns(run_id, settings, by=request.user.id, now=now)
        if fields.text("then") == "import":
            await start_import(run_id, now=now)
        else:
            await check_import(run_id, now=now)
    except Invalid as error:
        return await _mapping_page(request, run, mapping, fields.values, error.errors)
    return see_other(request, f"/imports/{run_id}")


@post("/imports/{run_id:int}/reading", permission=Permission.DATA_IMPORT, status_code=303)
async def change_reading(request: StaffRequest, run_id: FromPath[int]) -> Response[Any]:
    """Reads the file again with another encoding, separator or sheet."""
    run = await run_named(run_id)
    form = Fields(dict(await request.form()))
    delimiter = str(form.values.get("delimiter", ""))[:10]
    numbers = form.text("numbers") if form.text("numbers") in LANGUAGES else ""
    choices = Choices(form.text("encoding", limit=40), delimiter, form.text("sheet", limit=200), numbers)
    try:
        await read_again(run_id, choices, now=datetime.now(UTC))
    except Invalid as error:
        return await _mapping_page(
            request, run, run.mapping, {"rule": run.row.rule, "source": run.row.source}, error.errors
        )
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
        "next_href": f"/imports/{run_id}?outcome={outcome}&after={more}" if more else "", **_words(run.row.kind),
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
    told = [order_field(name) if line.is_order else customer_field(name) for name in names]
    return ", ".join(dict.fromkeys([*told, *line.attributes]))


@get("/imports/{run_id:int}/state", permission=Permission.DATA_IMPORT)
async def show_state(request: StaffRequest, run_id: FromPath[int]) -> Response[Any]:
    """The progress, which the page asks for every second; when it is done the whole page comes again."""
    run = await run_named(run_id)
    if not run.is_active:
        return Response("", headers={"hx-refresh": "true"})
    return await fragment(request, "imports/_state.html", run=run, **_words(run.row.kind))


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
    return await page(request, "imports/undo.html", run=run, plan=plan, why_kept=why_kept, **_words())


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
    list_imports, new_import, receive, show_mapping, save_mapping, change_reading, show_import, show_state, execute_import, pause_import,
    save_decisions, download_wrong_rows, show_undo, undo, discard,
]  # fmt: skip
