"""Copies of a person's data over the API, for officers: ask for one, see how far it is, fetch its files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row
from crm.privacy.access.handing import record_fetch
from crm.privacy.access.producing import request_copy
from crm.privacy.access.queries import copies_of, copy_for, file_for, request_for
from crm.privacy.access.serving import stored

P = Permission.PRIVACY_MANAGE


class CopyIn(msgspec.Struct, forbid_unknown_fields=True):
    """The language of the copy: de or en; blank: the person's."""

    language: str = ""


class CopyFileOut(msgspec.Struct):
    """A file: `kind` is pdf, archive or portable (GDPR Art. 20); `there` until it is thrown away."""

    id: int
    kind: str
    name: str
    size: int
    there: bool


class CopyOut(msgspec.Struct):
    """A copy. `status`: requested, running, ready, failed. `done` of `total` steps; `entries` rows, `blacked` texts that others'
    rights keep from being shown."""

    id: int
    request_id: int
    status: str
    language: str
    done: int
    total: int
    entries: int
    blacked: int
    requested_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    sent_at: datetime | None
    files: list[CopyFileOut]


@post("/data-requests/{request_id:int}/copies", permission=P, status_code=201)
async def create_copy(request: StaffRequest, request_id: FromPath[int], data: JSONBody[CopyIn]) -> Response[Any]:
    """Ask for a copy; the worker makes it. While one is being made that one is answered."""
    now = datetime.now(UTC)

    async def do() -> CopyOut:
        wanted = data.language or (await request_for(request_id)).language or "de"
        copy_id = await request_copy(request_id, wanted, by=request.user.id, now=now)
        return _out(await copy_for(request_id, copy_id))

    return await created_once(request, do, now=now)


@get("/data-requests/{request_id:int}/copies", permission=P)
async def list_copies(request: StaffRequest, request_id: FromPath[int]) -> list[CopyOut]:
    """The copies of a request, the newest first."""
    await request_for(request_id)
    return [_out(row) for row in await copies_of(request_id)]


@get("/data-requests/{request_id:int}/copies/{copy_id:int}", permission=P)
async def show_copy(request: StaffRequest, request_id: FromPath[int], copy_id: FromPath[int]) -> CopyOut:
    return _out(await copy_for(request_id, copy_id))


@get("/data-requests/{request_id:int}/copies/files/{copy_file_id:int}", permission=P)
async def fetch_copy_file(
    request: StaffRequest, request_id: FromPath[int], copy_file_id: FromPath[int]
) -> Response[Any]:
    """A file, for 30 days; that it was fetched is on record."""
    file = await file_for(request_id, copy_file_id)
    await record_fetch(file, by=request.user.id, now=datetime.now(UTC))
    return stored(file)


def _out(row: Row) -> CopyOut:
    return CopyOut(
        row.id, row.request, row.status, row.language, row.done, row.total, row.entries, row.blacked, row.requested_at, row.finished_at,
        row.expires_at, row.sent_at, msgspec.json.decode(row.files, type=list[CopyFileOut]),
    )  # fmt: skip


router = Router(
    "/api/v1",
    include_in_schema=True,
    tags=["data protection"],
    route_handlers=[create_copy, list_copies, show_copy, fetch_copy_file],
)
