"""Mailings over the API: draft, look who may get it, confirm, pause, go on, stop."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row
from crm.mailings import queries
from crm.mailings.audience import audience_of, audience_query
from crm.mailings.drafting import FIELDS, change_mailing, discard_mailing, draft_mailing, send_test
from crm.mailings.forms import draft_of
from crm.mailings.running import pause_mailing, resume_mailing, start_mailing, stop_mailing
from crm.web.forms import Fields
from crm.web.parameters import Id, Version

P = Permission


class MailingOut(msgspec.Struct):
    """A mailing. `results` says how many mails became what, `left_out` how many did not get it by reason, `said_no` how many said no to
    the purpose within 30 days of their mail; all empty for a draft."""

    id: int
    kind: str
    purpose: str
    name: str
    view_id: int | None
    view_name: str
    subject_de: str
    subject_en: str
    body_de: str
    body_en: str
    per_minute: int
    at_night: bool
    status: str
    problem: str
    version: int
    confirmed: int
    created_at: datetime
    start_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    results: dict[str, int] = {}
    left_out: dict[str, int] = {}
    said_no: int = 0


class Mailings(msgspec.Struct):
    items: list[MailingOut]
    next: str | None


class AudienceOut(msgspec.Struct):
    """Whom it finds now: `readers` get it, by basis and by language; the others by reason."""

    customers: int
    readers: int
    by_basis: dict[str, int]
    by_language: dict[str, int]
    left_out: dict[str, int]


class MailingIn(msgspec.Struct, forbid_unknown_fields=True):
    """A draft. `kind`: newsletter, invitation or thank_you. One language alone is enough."""

    kind: str
    purpose: str
    name: str
    view_id: Id | None = None
    subject_de: str = ""
    subject_en: str = ""
    body_de: str = ""
    body_en: str = ""
    per_minute: int = 60
    at_night: bool = False


class MailingChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to be changed; what is left out stays. `version` is the one that was read."""

    version: Version
    kind: str | msgspec.UnsetType = msgspec.UNSET
    purpose: str | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    view_id: Id | msgspec.UnsetType | None = msgspec.UNSET
    subject_de: str | msgspec.UnsetType = msgspec.UNSET
    subject_en: str | msgspec.UnsetType = msgspec.UNSET
    body_de: str | msgspec.UnsetType = msgspec.UNSET
    body_en: str | msgspec.UnsetType = msgspec.UNSET
    per_minute: int | msgspec.UnsetType = msgspec.UNSET
    at_night: bool | msgspec.UnsetType = msgspec.UNSET


class Confirmation(msgspec.Struct, forbid_unknown_fields=True):
    """`readers` is the number that `audience` told, `version` that of the draft; `start_at` empty for now."""

    version: Version
    readers: int
    start_at: datetime | None = None


class Sent(msgspec.Struct):
    languages: list[str]


def _fields(values: dict[str, Any]) -> Fields:
    """As a form sends it: an empty text for nothing, 1 for true."""
    return Fields(
        {name: "" if value in (None, False) else "1" if value is True else value for name, value in values.items()}
    )


@get("/mailings", permission=P.MAILINGS_VIEW)
async def list_mailings(request: StaffRequest, cursor: FromQuery[str] = "") -> Mailings:
    """The newest first, without results."""
    rows, more = await queries.mailings(cursor or None)
    return Mailings([_out(row) for row in rows], more)


@get("/mailings/{mailing_id:int}", permission=P.MAILINGS_VIEW)
async def read_mailing(request: StaffRequest, mailing_id: FromPath[int]) -> MailingOut:
    """One mailing with its results."""
    return await _read(mailing_id)


@get("/mailings/{mailing_id:int}/audience", permission=P.MAILINGS_VIEW)
async def read_audience(request: StaffRequest, mailing_id: FromPath[int]) -> AudienceOut:
    """Whom it would reach now, and why not others."""
    row = await queries.mailing_for(mailing_id)
    found = await audience_of(await audience_query(row), by=row.audience_by, purpose=row.purpose, now=datetime.now(UTC))
    return AudienceOut(
        found.customers, found.readers, dict(found.by_basis), dict(found.by_language), dict(found.left_out)
    )


@post("/mailings", permission=P.MAILINGS_DRAFT, status_code=201)
async def create_mailing(request: StaffRequest, data: JSONBody[MailingIn]) -> Response[bytes]:
    """A new draft."""
    now = datetime.now(UTC)

    async def do() -> MailingOut:
        draft = draft_of(_fields(msgspec.to_builtins(data)), await queries.purposes_for_mailings())
        return await _read(await draft_mailing(draft, request.user, now=now))

    return await created_once(request, do, now=now)


@patch("/mailings/{mailing_id:int}", permission=P.MAILINGS_DRAFT)
async def edit_mailing(request: StaffRequest, mailing_id: FromPath[int], data: JSONBody[MailingChange]) -> MailingOut:
    """Change a draft; 409 if somebody else did since `version`."""
    row = await queries.mailing_for(mailing_id)
    before = {name: row["view" if name == "view_id" else name] for name in FIELDS}
    draft = draft_of(_fields({**before, **msgspec.to_builtins(data)}), await queries.purposes_for_mailings())
    await change_mailing(mailing_id, draft, data.version, request.user, now=datetime.now(UTC))
    return await _read(mailing_id)


@delete("/mailings/{mailing_id:int}", permission=P.MAILINGS_DRAFT)
async def remove_mailing(request: StaffRequest, mailing_id: FromPath[int]) -> None:
    """Throw a draft away."""
    await discard_mailing(mailing_id, by=request.user.id, now=datetime.now(UTC))


@post("/mailings/{mailing_id:int}/test", permission=P.MAILINGS_DRAFT, status_code=200)
async def test_mailing(request: StaffRequest, mailing_id: FromPath[int]) -> Sent:
    """A test to one's own address, in each language that has a text."""
    return Sent(await send_test(await queries.mailing_for(mailing_id), request.user, now=datetime.now(UTC)))


@post("/mailings/{mailing_id:int}/start", permission=P.MAILINGS_SEND, status_code=200)
async def start(request: StaffRequest, mailing_id: FromPath[int], data: JSONBody[Confirmation]) -> MailingOut:
    """Confirm it with the number of readers; it begins now or at `start_at`."""
    fields = Fields({})
    start_at = fields.instant("start_at", data.start_at)
    fields.check()
    await start_mailing(
        mailing_id, version=data.version, confirmed=data.readers, start_at=start_at, by=request.user.id, now=datetime.now(UTC)
    )  # fmt: skip
    return await _read(mailing_id)


@post("/mailings/{mailing_id:int}/pause", permission=P.MAILINGS_SEND, status_code=200)
async def pause(request: StaffRequest, mailing_id: FromPath[int]) -> MailingOut:
    """Hold it."""
    await pause_mailing(mailing_id, by=request.user.id, now=datetime.now(UTC))
    return await _read(mailing_id)


@post("/mailings/{mailing_id:int}/resumption", permission=P.MAILINGS_SEND, status_code=200)
async def resume(request: StaffRequest, mailing_id: FromPath[int]) -> MailingOut:
    """Go on."""
    await resume_mailing(mailing_id, by=request.user.id, now=datetime.now(UTC))
    return await _read(mailing_id)


@post("/mailings/{mailing_id:int}/end", permission=P.MAILINGS_SEND, status_code=200)
async def stop(request: StaffRequest, mailing_id: FromPath[int]) -> MailingOut:
    """Stop it for good; one that has not begun is a draft again."""
    await stop_mailing(mailing_id, by=request.user.id, now=datetime.now(UTC))
    return await _read(mailing_id)


async def _read(mailing_id: int) -> MailingOut:
    row = await queries.mailing_for(mailing_id)
    out, found = _out(row), await queries.results_of(row)
    out.results, out.left_out, out.said_no = dict(found.mails), dict(found.left_out), found.said_no
    return out


def _out(row: Row) -> MailingOut:
    return MailingOut(
        row.id, row.kind, row.purpose, row.name, row["view"], row.audience_name, row.subject_de, row.subject_en, row.body_de,
        row.body_en, row.per_minute, row.at_night, row.status, row.problem, row.version, row.confirmed, row.created_at, row.start_at,
        row.started_at, row.finished_at,
    )  # fmt: skip


router = Router(
    "/api/v1",
    tags=["mailings"],
    route_handlers=[
        list_mailings, read_mailing, read_audience, create_mailing, edit_mailing, remove_mailing, test_mailing, start, pause, resume, stop,
    ],
)  # fmt: skip
