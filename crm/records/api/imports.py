"""Imports over the API: send a file, ask how far it is and what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import Done, once
from crm.errors import Invalid
from crm.records.file_store import MOST_BYTES, digest_of, uploaded_copy
from crm.records.import_queries import LineView, RunView, lines_of_run, recent_runs, run_named
from crm.records.imports import Settings, assign_columns, check_import, receive_import, rules_for, start_import
from crm.records.reading import Choices
from crm.records.tables import Outcome, Rule
from crm.records.targets import ATTRIBUTE, ImportKind
from crm.records.undoing import request_undo
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, _
from crm.web.parameters import Limit


class ImportOut(msgspec.Struct):
    """An import: what it is, how far (`done` of `total` rows), and how many rows had which outcome. `mapping`: the field of each
    column, null where there is none."""

    id: int
    kind: str
    status: str
    file: str
    recognised: str | None
    mapping: dict[str, str | None]
    duplicates: str
    dry_run: bool
    total: int
    done: int
    counts: dict[str, int]
    problem: str | None
    created_at: datetime
    finished_at: datetime | None


class ErrorOut(msgspec.Struct):
    """A row that was rejected or waits for a decision: where, and for each column why."""

    line: int
    outcome: str
    label: str
    errors: dict[str, str]


class LeftOut(msgspec.Struct):
    """A row that came in without some of its attributes: for each of them why."""

    line: int
    outcome: str
    label: str
    attributes: list[str]


class ImportWithErrors(ImportOut, kw_only=True):
    """An import with its wrong rows and those that came in without an attribute; `next` is the cursor for more of both."""

    errors: list[ErrorOut]
    left_out: list[LeftOut]
    next: str | None


class ImportPage(msgspec.Struct):
    items: list[ImportOut]
    next: str | None


@post("/imports", permission=Permission.DATA_IMPORT, status_code=202, request_max_body_size=MOST_BYTES + 1_000_000)
async def create_import(request: StaffRequest) -> Response[bytes]:
    """Import a file (multipart: `file`, `kind`, `duplicates`, `dry_run`, `source`, `informed_on`, `numbers` (de, en), `mapping` as
    JSON of header to field). It is worked through in the background; ask for its state."""
    now, form = datetime.now(UTC), await request.form()
    upload = form.get("file")
    fields = Fields({name: value for name, value in form.items() if isinstance(value, str)})
    kind = fields.choice("kind", ImportKind, ImportKind.CUSTOMERS)
    rule = fields.choice("duplicates", Rule, Rule.SKIP)
    is_dry, source, informed_on = fields.flag("dry_run"), fields.text("source", limit=200), fields.on("informed_on")
    assigned, numbers = _assigned(fields), fields.one_of("numbers", ("", *LANGUAGES))
    if rule not in rules_for(kind):
        fields.error("duplicates", _("What is there already is left out or changed here. Choose one of the two."))
    if not isinstance(upload, UploadFile):
        fields.error("file", _("Choose a file."))
    fields.check()
    assert isinstance(upload, UploadFile)
    async with uploaded_copy(upload) as path:

        async def do() -> Done:
            choices = Choices(numbers=numbers)
            run_id = await receive_import(
                path, upload.filename or "file", kind, by=request.user.id, now=now, choices=choices
            )
            run = await run_named(run_id)
            settings = Settings(_mapping(run, assigned), rule, source or run.row.source, informed_on)
            await assign_columns(run_id, settings, by=request.user.id, now=now)
            await (check_import(run_id, now=now) if is_dry else start_import(run_id, now=now))
            return Done(status=202, body=msgspec.json.encode(_out(await run_named(run_id))).decode())

        key = request.headers.get("idempotency-key", "").strip()
        same = f"{digest_of(path)} {sorted(fields.values.items())}".encode()
        done = await once(request.user.id, f"POST {request.url.path} {key}" if key else "", do, now=now, request=same)
    return Response(done.body.encode(), status_code=done.status, media_type="application/json")


def _assigned(fields: Fields) -> dict[str, str | None]:
    said = fields.values.get("mapping") or "{}"
    try:
        return msgspec.json.decode(said, type=dict[str, str | None])
    except msgspec.MsgspecError:
        fields.error("mapping", _("Send a JSON object of header to field."))
        return {}


def _mapping(run: RunView, assigned: dict[str, str | None]) -> tuple[str, ...]:
    """What was recognised, with what the caller says about single columns."""
    if unknown := sorted(set(assigned) - set(run.columns)):
        raise Invalid({"mapping": _("The file has no such columns: %(names)s.") % {"names": ", ".join(unknown)[:200]}})
    taken = set(assigned.values())
    return tuple(
        (assigned[column] or "") if column in assigned else "" if code in taken else code
        for column, code in zip(run.columns, run.mapping, strict=True)
    )


@get("/imports", permission=Permission.DATA_IMPORT)
async def list_imports(request: StaffRequest, limit: Limit = 50, cursor: FromQuery[str] = "") -> ImportPage:
    """Imports, the newest first."""
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 18):
        raise Invalid({"cursor": _("This cursor is not valid. Start again without one.")})
    runs = await recent_runs(limit + 1, int(cursor) if cursor else None)
    return ImportPage([_out(run) for run in runs[:limit]], str(runs[limit - 1].id) if len(runs) > limit else None)


@get("/imports/{run_id:int}", permission=Permission.DATA_IMPORT)
async def show_import(
    request: StaffRequest, run_id: FromPath[int], limit: Limit = 50, cursor: FromQuery[str] = ""
) -> ImportWithErrors:
    """How far an import is; its wrong rows, and those that came in without an attribute, in the order of their lines."""
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise Invalid({"cursor": _("This cursor is not valid. Start again without one.")})
    run = await run_named(run_id)
    has_attributes = any(code.startswith(ATTRIBUTE) for code in run.mapping)
    lines, more = await lines_of_run(run, Outcome.WRONG, int(cursor or 0), limit, or_left_out=has_attributes)
    return ImportWithErrors(
        **msgspec.structs.asdict(_out(run)),
        errors=[_error(line) for line in lines if line.outcome == Outcome.WRONG],
        left_out=[LeftOut(line.line, line.outcome, line.label, list(line.left_out)) for line in lines if line.left_out],
        next=str(more) if more is not None else None,
    )


@post("/imports/{run_id:int}/reversal", permission=Permission.DATA_IMPORT, status_code=202)
async def undo_import(request: StaffRequest, run_id: FromPath[int]) -> ImportOut:
    """Undo a whole import: what it created goes unless it was used since, what it changed gets its former values back."""
    await run_named(run_id)
    await request_undo(run_id, by=request.user.id, now=datetime.now(UTC))
    return _out(await run_named(run_id))


def _out(run: RunView) -> ImportOut:
    row = run.row
    mapping: dict[str, Any] = {}
    for column, code in zip(run.columns, run.mapping, strict=True):
        mapping.setdefault(column, code or None)
    return ImportOut(
        run.id, row.kind, run.status, row.file_name, row.tool or None, mapping, row.rule, not run.has_begun and run.status != "running",
        row.total,
        row.position, dict(run.counts), run.problem or None, row.created_at, row.finished_at,
    )  # fmt: skip


def _error(line: LineView) -> ErrorOut:
    return ErrorOut(line.line, line.outcome, line.label, dict(line.errors))


route_handlers = [create_import, list_imports, show_import, undo_import]
