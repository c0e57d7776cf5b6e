"""Pages of mailings: the list, a draft with its preview, the second look before the start, the run and its results."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import MediaType, Response, Router, get, post
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.consents.unsubscribing import as_read
from crm.customers.lists.views import views_of
from crm.database import HIGHEST_ID, Row
from crm.errors import Conflict, Invalid, NotFound, RuleBroken
from crm.interactions.mails.handlers import PREVIEW_POLICY
from crm.interactions.mails.queries import because_of
from crm.mailings import queries, words
from crm.mailings.audience import Audience, audience_of, audience_query, example_for, first_choices
from crm.mailings.drafting import FIELDS, change_mailing, discard_mailing, draft_mailing, send_test
from crm.mailings.forms import USUAL_PACE, draft_of
from crm.mailings.placeholders import PLACEHOLDERS
from crm.mailings.rules import text_language
from crm.mailings.running import pause_mailing, resume_mailing, start_mailing, stop_mailing
from crm.mailings.tables import MailingStatus
from crm.mailings.texts import compose, texts_of
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, N_, _, local_name, word
from crm.web.render import flashes, fragment, page, see_other

P = Permission
DONE = {
    "drafted": N_("The draft is saved. Nothing has been sent."),
    "changed": N_("The draft is saved."),
    "tested": N_("The test is on its way to your own address."),
    "confirmed": N_("The mailing is confirmed."),
    "paused": N_("The mailing is paused. What was handed over already still leaves."),
    "resumed": N_("The mailing goes on."),
    "stopped": N_("The mailing is stopped."),
    "called_off": N_("The mailing is a draft again. Nothing has been sent."),
    "discarded": N_("The draft is thrown away."),
}


@get("/mailings", permission=P.MAILINGS_VIEW)
async def list_mailings(request: StaffRequest, cursor: FromQuery[str] = "") -> Response[str]:
    """The newest first."""
    found, more = await queries.mailings(cursor or None)
    return await page(
        request, "mailings/index.html", mailings=found, more=f"/mailings?cursor={more}" if more else "", words=words, word=word,
        flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/mailings/new", permission=P.MAILINGS_DRAFT)
async def new_mailing(request: StaffRequest, view: FromQuery[str] = "") -> Response[str]:
    values = {"kind": "newsletter", "per_minute": USUAL_PACE, "view_id": view, "at_night": False}
    return await _form(request, None, values, {})


@post("/mailings", permission=P.MAILINGS_DRAFT, status_code=303)
async def create_mailing(request: StaffRequest) -> Response[Any]:
    """A new draft."""
    now, fields = datetime.now(UTC), Fields(dict(await request.form()))

    async def do() -> str:
        draft = draft_of(fields, await queries.purposes_for_mailings())
        return f"/mailings/{await draft_mailing(draft, request.user, now=now)}?done=drafted"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id", limit=64), do, now=now))
    except Invalid as error:
        return await _form(request, None, fields.values, error.errors)


@get("/mailings/{mailing_id:int}", permission=P.MAILINGS_VIEW)
async def show_mailing(request: StaffRequest, mailing_id: FromPath[int]) -> Response[str]:
    """A draft with its preview, or how far it is and what became of it."""
    mailing = await queries.mailing_for(mailing_id)
    return await page(request, "mailings/show.html", flashes=flashes(request, DONE), **await _shown(mailing))


@get("/mailings/{mailing_id:int}/state", permission=P.MAILINGS_VIEW)
async def show_state(request: StaffRequest, mailing_id: FromPath[int]) -> Response[str]:
    """How far it is; the page asks for this while mails are being sent. What a colleague took back to the draft is shown as one."""
    mailing = await queries.mailing_for(mailing_id)
    if mailing.status == MailingStatus.DRAFT:
        return Response("", headers={"hx-refresh": "true"})
    return await fragment(request, "mailings/_state.html", **await _shown(mailing))


async def _shown(mailing: Row) -> dict[str, Any]:
    texts = texts_of(mailing)
    return {
        "mailing": mailing, "words": words, "word": word, "languages": [one for one in LANGUAGES if text_language(one, texts) == one],
        "results": None if mailing.status == MailingStatus.DRAFT else await queries.results_of(mailing),
        "afterwards": queries.AFTERWARDS.days,
    }  # fmt: skip


@get("/mailings/{mailing_id:int}/audience", permission=P.MAILINGS_VIEW)
async def show_audience(request: StaffRequest, mailing_id: FromPath[int]) -> Response[str]:
    """How many a draft would reach, and why others not."""
    mailing = await queries.mailing_for(mailing_id)
    return await fragment(
        request, "mailings/_audience.html", mailing=mailing, audience=await _audience(mailing), words=words, word=word
    )


async def _audience(mailing: Row, reason: str | None = None) -> Audience:
    return await audience_of(
        await audience_query(mailing), by=mailing.audience_by, purpose=mailing.purpose, now=datetime.now(UTC), reason=reason
    )  # fmt: skip


@get("/mailings/{mailing_id:int}/readers", permission=P.MAILINGS_VIEW)
async def list_readers(
    request: StaffRequest, mailing_id: FromPath[int], group: FromQuery[str] = "", cursor: FromQuery[str] = ""
) -> Response[str]:
    """Those of one group: of a draft who would get it or not and why; afterwards what became of each mail."""
    mailing = await queries.mailing_for(mailing_id)
    rows: list[Row] = []
    more, audience = None, None
    is_draft = mailing.started_at is None
    if group not in ({"", *words.REASONS} if is_draft else {*words.RESULTS, *words.REASONS}):
        raise NotFound()
    if is_draft:
        audience = await _audience(mailing, group)
    else:
        rows, more = await queries.recipients(mailing_id, group, cursor or None)
    return await page(
        request, "mailings/readers.html", mailing=mailing, rows=rows, audience=audience, group=group, words=words, word=word,
        more=f"/mailings/{mailing_id}/readers?group={group}&cursor={more}" if more else "", because_of=_because,
    )  # fmt: skip


def _because(row: Row) -> str:
    return because_of(row) if row.status == "refused" else row.error or ""


@get("/mailings/{mailing_id:int}/edit", permission=P.MAILINGS_DRAFT)
async def edit_mailing(request: StaffRequest, mailing_id: FromPath[int]) -> Response[str]:
    mailing = await queries.mailing_for(mailing_id)
    _demand_draft(mailing)
    values = {name: mailing["view" if name == "view_id" else name] for name in FIELDS}
    return await _form(request, mailing, {**values, "version": mailing.version}, {})


def _demand_draft(mailing: Row) -> None:
    if mailing.status != MailingStatus.DRAFT:
        raise RuleBroken(_("This is no draft any more: what was confirmed stays as it was confirmed."))


@post("/mailings/{mailing_id:int}", permission=P.MAILINGS_DRAFT, status_code=303)
async def save_mailing(request: StaffRequest, mailing_id: FromPath[int]) -> Response[Any]:
    """Save a draft; whoever comes second sees what the other one wrote."""
    mailing, fields = await queries.mailing_for(mailing_id), Fields({"at_night": "", **dict(await request.form())})
    try:
        draft = draft_of(fields, await queries.purposes_for_mailings())
        version = fields.number("version", low=1, high=HIGHEST_ID, required=True)
        fields.check()
        await change_mailing(mailing_id, draft, version, request.user, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, mailing, fields.values, error.errors)
    except Conflict as conflict:
        return await _form(request, mailing, {**fields.values, "version": conflict.version}, {}, conflict)
    return see_other(request, f"/mailings/{mailing_id}?done=changed")


@get("/mailings/{mailing_id:int}/preview/html", permission=P.MAILINGS_VIEW)
async def preview_html(
    request: StaffRequest, mailing_id: FromPath[int], language: FromQuery[str] = "de"
) -> Response[str]:
    """The mail as an example reader gets it, for the frame of the preview."""
    mailing, now = await queries.mailing_for(mailing_id), datetime.now(UTC)
    language = language if language in LANGUAGES else "de"
    texts = texts_of(mailing)
    found = await first_choices(await audience_query(mailing), by=mailing.audience_by, purpose=mailing.purpose, now=now)
    whom = example_for(found, language)
    known = await queries.readers([(1, whom.person_id, whom.customer_id, whom.address)]) if whom is not None else {}
    if not known or not text_language(language, texts):
        raise NotFound(_("There is nobody to show it for yet."))
    signed_by = mailing.confirmed_by or request.user.id
    _language, mail = compose(texts, known[1], language, await queries.surroundings(signed_by, now))
    mail = await as_read(mail, mailing.purpose, language, is_advertising=mailing.is_advertising)
    headers = {"content-security-policy": PREVIEW_POLICY, "x-frame-options": "SAMEORIGIN"}
    return Response(mail.html, media_type=MediaType.HTML, headers=headers)


@post("/mailings/{mailing_id:int}/test", permission=P.MAILINGS_DRAFT, status_code=303)
async def test_mailing(request: StaffRequest, mailing_id: FromPath[int]) -> Response[Any]:
    """To one's own address, in each language."""
    await send_test(await queries.mailing_for(mailing_id), request.user, now=datetime.now(UTC))
    return see_other(request, f"/mailings/{mailing_id}?done=tested")


@post("/mailings/{mailing_id:int}/deletion", permission=P.MAILINGS_DRAFT, status_code=303)
async def throw_away(request: StaffRequest, mailing_id: FromPath[int]) -> Response[Any]:
    await discard_mailing(mailing_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/mailings?done=discarded")


@get("/mailings/{mailing_id:int}/start", permission=P.MAILINGS_SEND)
async def second_look(request: StaffRequest, mailing_id: FromPath[int]) -> Response[str]:
    """Numbers and basis once more, before it is confirmed."""
    mailing = await queries.mailing_for(mailing_id)
    _demand_draft(mailing)
    return await _second_look(request, mailing, {}, {})


@post("/mailings/{mailing_id:int}/start", permission=P.MAILINGS_SEND, status_code=303)
async def confirm(request: StaffRequest, mailing_id: FromPath[int]) -> Response[Any]:
    """Confirm it. Where many get it, their number is typed."""
    mailing, fields, now = await queries.mailing_for(mailing_id), Fields(dict(await request.form())), datetime.now(UTC)
    try:
        readers = fields.number("readers", low=0, high=HIGHEST_ID, required=True) or 0
        version = fields.number("version", low=1, high=HIGHEST_ID, required=True) or 0
        if readers > request.app.state.settings.mailing_confirm_above:
            typed = fields.number("confirmed", low=0, high=HIGHEST_ID, required=True)
            if typed is not None and typed != readers:
                fields.error("confirmed", _("That is not the number above. Look once more how many get it."))
        start_at = fields.coming("start_at", now)
        fields.check()
        await start_mailing(
            mailing_id, version=version, confirmed=readers, start_at=start_at, by=request.user.id, now=now
        )
    except Invalid as error:
        return await _second_look(request, mailing, fields.values, error.errors)
    except (Conflict, RuleBroken) as problem:
        _demand_draft(await queries.mailing_for(mailing_id))
        return await _second_look(request, await queries.mailing_for(mailing_id), {}, {"": problem.sentence})
    return see_other(request, f"/mailings/{mailing_id}?done=confirmed")


@post("/mailings/{mailing_id:int}/pause", permission=P.MAILINGS_SEND, status_code=303)
async def pause(request: StaffRequest, mailing_id: FromPath[int]) -> Response[Any]:
    await pause_mailing(mailing_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/mailings/{mailing_id}?done=paused")


@post("/mailings/{mailing_id:int}/resumption", permission=P.MAILINGS_SEND, status_code=303)
async def resume(request: StaffRequest, mailing_id: FromPath[int]) -> Response[Any]:
    await resume_mailing(mailing_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/mailings/{mailing_id}?done=resumed")


@post("/mailings/{mailing_id:int}/end", permission=P.MAILINGS_SEND, status_code=303)
async def stop(request: StaffRequest, mailing_id: FromPath[int]) -> Response[Any]:
    """Stop it for good; one that has not begun becomes a draft again."""
    became = await stop_mailing(mailing_id, by=request.user.id, now=datetime.now(UTC))
    done = "called_off" if became == MailingStatus.DRAFT else "stopped"
    return see_other(request, f"/mailings/{mailing_id}?done={done}")


async def _second_look(
    request: StaffRequest, mailing: Row, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    audience = await _audience(mailing)
    settings = request.app.state.settings
    return await page(
        request, "mailings/start.html", status=422 if errors else 200, mailing=mailing, audience=audience, values=values,
        errors=errors, words=words, word=word, must_type=audience.readers > settings.mailing_confirm_above,
        labels={name: _(label) for name, label in words.LABELS.items()},
    )  # fmt: skip


async def _form(
    request: StaffRequest, mailing: Row | None, values: Mapping[str, Any], errors: Mapping[str, str],
    conflict: Conflict | None = None,
) -> Response[str]:  # fmt: skip
    views = [(view.id, view.name) for view in await views_of(request.user)]
    if mailing is not None and mailing["view"] is not None and mailing["view"] not in {one for one, _name in views}:
        views.append((mailing["view"], mailing.audience_name))
    return await page(
        request, "mailings/form.html", status=409 if conflict else 422 if errors else 200, mailing=mailing, values=values,
        errors=errors, conflict=conflict, labels={name: _(label) for name, label in words.LABELS.items()},
        kinds=[(code, _(name)) for code, name in words.KINDS.items()], views=views, placeholders=PLACEHOLDERS,
        purposes=[(row.code, local_name(row)) for row in await queries.purposes_for_mailings()],
    )  # fmt: skip


router = Router(
    "",
    route_handlers=[
        list_mailings, new_mailing, create_mailing, show_mailing, show_state, show_audience, list_readers, edit_mailing, save_mailing,
        preview_html, test_mailing, throw_away, second_look, confirm, pause, resume, stop,
    ],
)  # fmt: skip
