"""The page of those who are owed information, and of the text that they get."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.queries import person_for
from crm.errors import Conflict, Invalid, NotFound, RuleBroken
from crm.privacy.desk.filing import local_day
from crm.privacy.informing.actions import request_run, send_notice, use_proposal, write_text
from crm.privacy.informing.queries import how_many, last_run, pending, texts
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, N_, _
from crm.web.render import flashes, fragment, is_fragment, page, see_other

P = Permission
DONE = {
    "sent": N_("The notice is on its way."), "run": N_("The notices are being written."),
    "nobody": N_("Nobody waits who has an e-mail address."), "text": N_("The text is saved."),
    "proposal": N_("The proposal holds again."),
}  # fmt: skip
MAILS = {
    "queued": N_("on its way"), "sending": N_("on its way"), "sent": N_("sent"), "failed": N_("could not be delivered"),
    "refused": N_("not allowed to leave"),
}  # fmt: skip


@get("/information", permission=P.INFORMATION_SEND)
async def show_pending(request: StaffRequest) -> Response[str]:
    """Who waits for information, the longest due first."""
    return await _list(request)


async def _list(request: StaffRequest, trouble: str = "") -> Response[str]:
    cursor, today = request.query_params.get("cursor") or None, local_day(datetime.now(UTC))
    found = await pending(cursor=cursor)
    more = f"/information?cursor={found.next}" if found.next else ""
    context: dict[str, Any] = {"rows": found.rows, "more_href": more, "today": today, "mails": MAILS}
    if is_fragment(request) and cursor:
        return await fragment(request, "privacy/informing/_rows.html", **context)
    said = flashes(request, DONE) + ([{"text": trouble, "tone": "rust"}] if trouble else [])
    return await page(
        request, "privacy/informing/index.html", status=422 if trouble else 200, number=await how_many(today), run=await last_run(),
        flashes=said, **context,
    )  # fmt: skip


@post("/information/{person_id:int}", permission=P.INFORMATION_SEND, status_code=303)
async def send_one(request: StaffRequest, person_id: FromPath[int]) -> Response[Any]:
    person = await person_for(request.user, person_id)
    try:
        await send_notice(person.id, by=request.user.id, now=datetime.now(UTC))
    except RuleBroken as problem:
        return await _list(request, problem.sentence)
    return see_other(request, "/information?done=sent")


@post("/information", permission=P.INFORMATION_SEND, status_code=303)
async def send_many(request: StaffRequest) -> Response[Any]:
    new = await request_run(by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/information?done={'run' if new else 'nobody'}")


@get("/information/texts/{code:str}", permission=P.PRIVACY_MANAGE)
async def show_text(request: StaffRequest, code: FromPath[str]) -> Response[str]:
    """The text in a language: the officer's own, or the proposal made from the configuration."""
    line, text, version = await texts(_language(code))
    return await _text(request, code, {"subject": line, "text": text, "version": version}, {})


@post("/information/texts/{code:str}", permission=P.PRIVACY_MANAGE, status_code=303)
async def save_text(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    fields = Fields(dict(await request.form()))
    line = fields.text("subject", limit=200)
    text = fields.text("text", limit=20_000, many_lines=True)
    version = fields.number("version", low=0, high=2**31) or 0
    try:
        fields.check()
        await write_text(_language(code), line, text, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _text(request, code, fields.values, error.errors)
    except Conflict as conflict:
        _line, _old, newest = await texts(code)
        return await _text(request, code, {**fields.values, "version": newest}, {"": conflict.sentence})
    return see_other(request, f"/information/texts/{code}?done=text")


@post("/information/texts/{code:str}/proposal", permission=P.PRIVACY_MANAGE, status_code=303)
async def take_proposal(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    await use_proposal(_language(code), by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/information/texts/{code}?done=proposal")


def _language(code: str) -> str:
    if code not in LANGUAGES:
        raise NotFound()
    return code


async def _text(request: StaffRequest, code: str, values: Any, errors: dict[str, str]) -> Response[str]:
    names = {"de": _("German"), "en": _("English")}
    return await page(
        request, "privacy/informing/text.html", status=422 if errors else 200, code=code, values=values, errors=errors, names=names,
        flashes=flashes(request, DONE),
    )  # fmt: skip


router = Router("", route_handlers=[show_pending, send_one, send_many, show_text, save_text, take_proposal])
