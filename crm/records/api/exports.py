"""Exports over the API: ask for one, see how far it is, fetch its file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.consents.queries import purposes as purpose_catalogue
from crm.database import Row
from crm.records.attribute_cells import attributes_for
from crm.records.export_forms import ExportWish, export_wish
from crm.records.export_purposes import purposes_of
from crm.records.export_queries import export_for, preview_of
from crm.records.export_words import state_of
from crm.records.handlers.exports import ask_for, file_of, make_small
from crm.web.forms import Fields
from crm.web.parameters import Id

P = Permission


class ExportIn(msgspec.Struct, forbid_unknown_fields=True):
    """What to export. `query` is the query string of GET /customers (empty: all), `ids` chosen customers instead. `purpose` is
    internal, contract, legal_duty, other, or a purpose of the catalogue with its channel, such as newsletter:email."""

    purpose: str
    format: str = "csv"
    purpose_text: str = ""
    recipient_kind: str = "internal"
    recipient: str = ""
    query: str = ""
    ids: list[Id] | None = None
    columns: list[str] = []
    headings: str = "names"
    rows: str = "person"
    separator: str = ""
    encoding: str = ""
    dry_run: bool = False


class ExportPreview(msgspec.Struct):
    """Who would go along: customers and persons of those `found`, and how many persons have no basis, by reason."""

    found: int
    customers: int
    persons: int
    left_out: dict[str, int]
    columns: list[str]


class ExportOut(msgspec.Struct):
    """An export. `status`: requested, running, ready, failed, expired. `left_out`: how many persons had no basis, by reason."""

    id: int
    status: str
    purpose: str
    recipient_kind: str
    recipient: str
    format: str
    selection: str
    columns: list[str]
    total: int
    done: int
    customers: int
    persons: int
    left_out: dict[str, int]
    file_name: str
    size: int
    sha256: str
    requested_at: datetime
    expires_at: datetime | None


@post("/exports", permission=P.DATA_EXPORT, status_code=201)
async def create_export(request: StaffRequest, data: JSONBody[ExportIn]) -> Response[Any]:
    """Ask for an export. A small one is ready with the answer; a large one is made by the worker. With `dry_run` 200 and who
    would go along; nothing is made."""
    now = datetime.now(UTC)
    made: list[int] = []
    if data.dry_run:
        return Response(await _preview(request, data, now), status_code=200)

    async def do() -> ExportOut:
        wish = await _wish(request, data)
        made.append(await ask_for(request, wish, now))
        return _out(await export_for(request.user, made[0]))

    answer = await created_once(request, do, now=now)
    await make_small(made, now)
    return answer


async def _wish(request: StaffRequest, data: ExportIn) -> ExportWish:
    values: dict[str, Any] = {
        name: value for name, value in msgspec.structs.asdict(data).items() if name not in ("columns", "dry_run")
    }
    values["ids"] = ",".join(map(str, data.ids)) if data.ids else ""
    attributes = await attributes_for(request.user.role)
    return export_wish(Fields(values), data.columns, purposes_of(await purpose_catalogue()), attributes)


async def _preview(request: StaffRequest, data: ExportIn, now: datetime) -> ExportPreview:
    wish = await _wish(request, data)
    found = await preview_of(wish.query, wish.ids, wish.purpose, by=request.user.id, now=now, whole=True)
    return ExportPreview(found.found, found.customers, found.persons, dict(found.left_out), list(wish.columns))


@get("/exports/{export_id:int}", permission=P.EXPORTS_VIEW)
async def show_export(request: StaffRequest, export_id: FromPath[int]) -> ExportOut:
    """How far it is, and what went along."""
    return _out(await export_for(request.user, export_id))


@get("/exports/{export_id:int}/file", permission=P.DATA_EXPORT)
async def send_file(request: StaffRequest, export_id: FromPath[int]) -> Response[Any]:
    """The file, for 7 days, for whoever asked for it. 202 with Retry-After while it is being made."""
    run = await export_for(request.user, export_id)
    if run.requested_by == request.user.id and run.status in ("requested", "running"):
        return Response({"status": run.status}, status_code=202, headers={"retry-after": "2"})
    return await file_of(request, export_id)


def _out(run: Row) -> ExportOut:
    return ExportOut(
        run.id, state_of(run), run.purpose, run.recipient_kind, run.recipient, run.format, run.described,
        [code for code in run.columns.split(",") if code], run.total, run.done, run.customers, run.persons,
        msgspec.json.decode(run.left_out), run.file_name, run.size, run.sha256, run.requested_at, run.expires_at,
    )  # fmt: skip


route_handlers = [create_export, show_export, send_file]
