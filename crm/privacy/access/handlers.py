"""The officer's pages of access and portability: the copies of a request, and the texts that are looked through before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.errors import Invalid, NotFound, RuleBroken
from crm.files.words import size_text
from crm.privacy.access.fetching import route_handlers as for_everybody
from crm.privacy.access.handing import black_out, end_link, hand_over, record_fetch, send_link, show_again
from crm.privacy.access.producing import KEPT, request_copy
from crm.privacy.access.queries import (
    EXCERPT,
    Texts,
    blacked_of,
    copies_of,
    file_for,
    files_of,
    request_for,
    subject_for,
    texts_of,
)
from crm.privacy.access.serving import stored
from crm.privacy.access.tables import BlackedKind
from crm.privacy.desk.filing import local_day
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, N_, _
from crm.web.render import flashes, fragment, page, see_other

P = Permission.PRIVACY_MANAGE
Values = dict[str, Any]
DONE = {
    "asked": N_("The copy has been asked for."), "sent": N_("The mail with the link is on its way."),
    "ended": N_("The link works no more."), "handed": N_("Noted: the copy was handed over."),
    "black": N_("Blacked out in every copy that is made from now on."),
    "shown": N_("It is shown again in copies that are made from now on."),
}  # fmt: skip


@get("/privacy/requests/{request_id:int}/copy", permission=P)
async def show_copies(request: StaffRequest, request_id: FromPath[int]) -> Response[str]:
    return await _page(request, request_id)


@get("/privacy/requests/{request_id:int}/copy/state", permission=P)
async def show_state(request: StaffRequest, request_id: FromPath[int]) -> Response[str]:
    """How far the newest copy is; the page asks for this while it is being made."""
    return await fragment(request, "privacy/access/_copies.html", **await _copies(request_id))


@post("/privacy/requests/{request_id:int}/copy", permission=P, status_code=303)
async def make_copy(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    async def do(values: Values, now: datetime) -> None:
        fields = Fields(values)
        language = fields.one_of("language", LANGUAGES)
        fields.check()
        await request_copy(request_id, language, by=request.user.id, now=now)

    return await _step(request, request_id, "asked", do)


@post("/privacy/requests/{request_id:int}/copy/{copy_id:int}/link", permission=P, status_code=303)
async def mail_link(request: StaffRequest, request_id: FromPath[int], copy_id: FromPath[int]) -> Response[Any]:
    """A mail with a link to the copy; the files never go along."""

    async def do(values: Values, now: datetime) -> None:
        fields = Fields(values)
        address = fields.email("address", required=True)
        fields.check()
        await send_link(request_id, copy_id, address, by=request.user.id, now=now)

    return await _step(request, request_id, "sent", do)


@post("/privacy/requests/{request_id:int}/copy/{copy_id:int}/revocation", permission=P, status_code=303)
async def revoke_link(request: StaffRequest, request_id: FromPath[int], copy_id: FromPath[int]) -> Response[Any]:
    async def do(values: Values, now: datetime) -> None:
        await end_link(request_id, copy_id, by=request.user.id, now=now)

    return await _step(request, request_id, "ended", do)


@post("/privacy/requests/{request_id:int}/copy/{copy_id:int}/handover", permission=P, status_code=303)
async def note_handover(request: StaffRequest, request_id: FromPath[int], copy_id: FromPath[int]) -> Response[Any]:
    async def do(values: Values, now: datetime) -> None:
        fields = Fields(values)
        on, how = fields.on("on"), fields.text("how", required=True)
        fields.check()
        await hand_over(request_id, copy_id, on or local_day(now), how, by=request.user.id, now=now)

    return await _step(request, request_id, "handed", do)


@get("/privacy/requests/{request_id:int}/copy/files/{copy_file_id:int}", permission=P)
async def send_file(request: StaffRequest, request_id: FromPath[int], copy_file_id: FromPath[int]) -> Response[Any]:
    file = await file_for(request_id, copy_file_id)
    await record_fetch(file, by=request.user.id, now=datetime.now(UTC))
    return stored(file)


@get("/privacy/requests/{request_id:int}/copy/texts", permission=P)
async def show_texts(
    request: StaffRequest,
    request_id: FromPath[int],
    q: FromQuery[str] = "",
    others: FromQuery[str] = "",
    at: FromQuery[int] = 0,
) -> Response[str]:
    """The free texts that the person would read; what is about others can be blacked out here."""
    return await _texts(request, request_id, q[:200], others == "1", min(max(at, 0), 10_000))


@post("/privacy/requests/{request_id:int}/copy/texts", permission=P, status_code=303)
async def black_text(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    """Black out a passage, a whole text or a file, with a reason."""
    values, now = dict(await request.form()), datetime.now(UTC)

    async def do() -> str:
        fields = Fields(values)
        kind = fields.choice("kind", BlackedKind)
        fields.check()
        await black_out(
            request_id,
            kind,
            str(values.get("value", "")),
            fields.text("reason", limit=500),
            by=request.user.id,
            now=now,
        )
        return f"/privacy/requests/{request_id}/copy/texts?done=black&{_back(values)}"

    try:
        where = await form_once(request, str(values.get("submission_id", "")), do, now=now)
    except Invalid as error:
        return await _texts(
            request, request_id, str(values.get("q", ""))[:200], values.get("others") == "1", 0, values, error.errors
        )
    except RuleBroken as error:
        return await _page(request, request_id, values, {"": error.sentence}, 409)
    return see_other(request, where)


@post("/privacy/requests/{request_id:int}/copy/blacked/{blacked_id:int}/removal", permission=P, status_code=303)
async def show_text_again(request: StaffRequest, request_id: FromPath[int], blacked_id: FromPath[int]) -> Response[Any]:
    await show_again(request_id, blacked_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/privacy/requests/{request_id}/copy/texts?done=shown")


async def _step(
    request: StaffRequest, request_id: int, done: str, do: Callable[[Values, datetime], Awaitable[None]]
) -> Response[Any]:
    """Run one step once; what is wrong with it stands on the page, with what was typed."""
    values, now = dict(await request.form()), datetime.now(UTC)

    async def run() -> str:
        await do(values, now)
        return f"/privacy/requests/{request_id}/copy?done={done}"

    try:
        where = await form_once(request, str(values.get("submission_id", "")), run, now=now)
    except Invalid as error:
        return await _page(request, request_id, values, error.errors, 422)
    except RuleBroken as error:
        return await _page(request, request_id, values, {"": error.sentence}, 409)
    return see_other(request, where)


async def _page(
    request: StaffRequest,
    request_id: int,
    values: Values | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    context = await _context(request_id)
    return await page(
        request, "privacy/access/copies.html", status=status, values=values or {}, errors=errors or {}, done=flashes(request, DONE),
        **context,
    )  # fmt: skip


async def _context(request_id: int) -> dict[str, Any]:
    context = await _copies(request_id)
    subject, blacked = await subject_for(context["data_request"]), await blacked_of(request_id)
    return {**context, "subject": subject, "blacked": blacked, "kept_days": KEPT.days}


async def _copies(request_id: int) -> dict[str, Any]:
    """What is asked for every two seconds: two statements."""
    data_request = await request_for(request_id)
    copies = [(copy, msgspec.json.decode(copy.files)) for copy in await copies_of(request_id)]
    return {"data_request": data_request, "copies": copies, "size_text": size_text}


async def _texts(
    request: StaffRequest, request_id: int, query: str, only_others: bool, at: int, values: Values | None = None,
    errors: dict[str, str] | None = None,
) -> Response[str]:  # fmt: skip
    data_request = await request_for(request_id)
    subject = await subject_for(data_request)
    if subject is None:
        raise NotFound()
    texts: Texts = await texts_of(subject, query=query.replace("\x00", ""), only_others=only_others, page=at)
    blacked = await blacked_of(request_id)
    return await page(
        request, "privacy/access/texts.html", status=422 if errors else 200, data_request=data_request, subject=subject, texts=texts,
        files=await files_of(subject) if not at else (), blacked=blacked, places={row.place: row for row in blacked if row.place},
        black_files={row.value: row for row in blacked if row.kind == "file"}, query=query, only_others=only_others, at=at,
        values=values or {}, errors=errors or {}, done=flashes(request, DONE), longest=EXCERPT,
        sentence=_("Nothing of it is a rule: read the texts yourself."),
    )  # fmt: skip


def _back(values: Values) -> str:
    """The place in the list where somebody was."""
    return urlencode({name: str(values[name])[:200] for name in ("q", "others", "at") if values.get(name)})


router = Router("", route_handlers=[
    show_copies, show_state, make_copy, mail_link, revoke_link, note_handover, send_file, show_texts, black_text, show_text_again,
    *for_everybody,
])  # fmt: skip
