"""Approved answers over the API: the same actions as the pages, as JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row
from crm.tickets.answers.forms import parse_answer
from crm.tickets.answers.keeping import Use, approve_answer, change_answer, draft_answer, retire_answer
from crm.tickets.answers.queries import all_answers, answer_named, versions_of
from crm.web.parameters import Version

P = Permission


class AnswerIn(msgspec.Struct, forbid_unknown_fields=True):
    """A language without an answer is not served. Ways to ask are one per item."""

    topic: str = ""
    expires_on: date | None = None
    title_de: str = ""
    title_en: str = ""
    questions_de: list[str] = []
    questions_en: list[str] = []
    text_de: str = ""
    text_en: str = ""


class AnswerChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays. `version` is the one that was read; a change makes a new one, which waits for approval."""

    version: Version
    topic: str | None = None
    expires_on: date | msgspec.UnsetType | None = msgspec.UNSET
    title_de: str | None = None
    title_en: str | None = None
    questions_de: list[str] | None = None
    questions_en: list[str] | None = None
    text_de: str | None = None
    text_en: str | None = None


class ApprovalIn(msgspec.Struct, forbid_unknown_fields=True):
    """`version` is the newest text, as it was read; `published`: on the FAQ page; `automatic`: may be given at level 0."""

    version: Version
    published: bool = False
    automatic: bool = False


class AnswerOut(msgspec.Struct):
    """The newest text, and which version is in force (none before the first approval)."""

    id: int
    version: int
    approved_version: int | None
    topic: str | None
    expires_on: date | None
    title_de: str
    title_en: str
    questions_de: list[str]
    questions_en: list[str]
    text_de: str
    text_en: str
    published: bool
    automatic: bool
    retired: bool
    approved_by: str | None
    approved_at: datetime | None
    sent: int
    reopened: int
    helped: int
    did_not_help: int


class AnswerItem(msgspec.Struct):
    id: int
    title_de: str
    title_en: str
    version: int
    approved_version: int | None
    published: bool
    automatic: bool
    expires_on: date | None


class AnswerList(msgspec.Struct):
    items: list[AnswerItem]


@get("/answers", permission=P.TICKETS_VIEW)
async def index(request: StaffRequest) -> AnswerList:
    """The answers in use, by topic."""
    return AnswerList([_item(row) for row in await all_answers(datetime.now(UTC))])


@post("/answers", permission=P.TICKETS_WORK, status_code=201)
async def create(request: StaffRequest, data: JSONBody[AnswerIn]) -> Response[bytes]:
    """Draft an answer; it waits for approval."""
    now = datetime.now(UTC)
    text, _version = parse_answer(_as_form(msgspec.structs.asdict(data)), now)

    async def do() -> AnswerOut:
        return await _out(await draft_answer(text, by=request.user.id, now=now))

    return await created_once(request, do, now=now)


@get("/answers/{answer_id:int}", permission=P.TICKETS_VIEW)
async def show(request: StaffRequest, answer_id: FromPath[int]) -> AnswerOut:
    return await _out(answer_id)


@patch("/answers/{answer_id:int}", permission=P.TICKETS_WORK)
async def change(request: StaffRequest, answer_id: FromPath[int], data: JSONBody[AnswerChange]) -> AnswerOut:
    """Change the text: a new version, which waits for approval."""
    now = datetime.now(UTC)
    known = await _out(answer_id)
    before = {name: getattr(known, name) for name in AnswerIn.__struct_fields__}
    sent = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not None}
    if data.expires_on is msgspec.UNSET:
        sent.pop("expires_on")
    elif data.expires_on is None:
        before["expires_on"] = None
    text, version = parse_answer(_as_form({**before, **sent}), now)
    await change_answer(answer_id, text, version, by=request.user.id, now=now)
    return await _out(answer_id)


@post("/answers/{answer_id:int}/approval", permission=P.CATALOGUES_EDIT, status_code=201)
async def approve(request: StaffRequest, answer_id: FromPath[int], data: JSONBody[ApprovalIn]) -> Response[bytes]:
    """Put the newest text in force."""
    now = datetime.now(UTC)

    async def do() -> AnswerOut:
        use = Use(data.published, data.automatic)
        await approve_answer(answer_id, data.version, use, by=request.user.id, now=now)
        return await _out(answer_id)

    return await created_once(request, do, now=now)


@delete("/answers/{answer_id:int}", permission=P.CATALOGUES_EDIT, status_code=200)
async def retire(request: StaffRequest, answer_id: FromPath[int]) -> AnswerOut:
    """Retire it: it is neither shown nor sent. What was sent stays."""
    await retire_answer(answer_id, retired=True, by=request.user.id, now=datetime.now(UTC))
    return await _out(answer_id)


def _as_form(values: dict[str, object]) -> dict[str, object]:
    lines = {name: "\n".join(value) for name, value in values.items() if isinstance(value, list)}
    return {**values, **lines, "topic": values.get("topic") or "", "expires_on": values.get("expires_on") or ""}


async def _out(answer_id: int) -> AnswerOut:
    answer = await answer_named(answer_id)
    versions = await versions_of(answer_id)
    approved = next((one for one in versions if one.number == answer.approved_version), None)
    return _shape(answer, versions[0], approved)


def _shape(answer: Row, newest: Row, approved: Row | None) -> AnswerOut:
    return AnswerOut(
        id=answer.id, version=answer.version, approved_version=answer.approved_version, topic=newest.topic_code,
        expires_on=newest.expires_on, title_de=newest.title_de, title_en=newest.title_en,
        questions_de=_lines(newest.questions_de), questions_en=_lines(newest.questions_en), text_de=newest.text_de, text_en=newest.text_en,
        published=answer.is_published, automatic=answer.is_automatic, retired=answer.retired_at is not None,
        approved_by=approved.approver if approved else None, approved_at=approved.approved_at if approved else None, sent=answer.sent,
        reopened=answer.reopened, helped=answer.helped, did_not_help=answer.did_not_help,
    )  # fmt: skip


def _item(row: Row) -> AnswerItem:
    return AnswerItem(
        row.id, row.title_de, row.title_en, row.version, row.approved_version, row.is_published, row.is_automatic, row.expires_on
    )  # fmt: skip


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


router = Router(
    "/api/v1",
    route_handlers=[index, create, show, change, approve, retire],
    include_in_schema=True,
    tags=["answers"],
)
