"""The pages of erasures: prepare, look at what goes, decide about mentions, approve as the second person, fetch the certificate."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.database import Row, decoded
from crm.errors import Conflict, Invalid, NotFound, RuleBroken
from crm.files.names import disposition
from crm.files.queries import file_named
from crm.privacy.erasure import duty_pages, words
from crm.privacy.erasure import preparing as act
from crm.privacy.erasure.duty_actions import all_duties
from crm.privacy.erasure.mention_queries import MOST
from crm.privacy.erasure.overview import all_erasures, erasure_for, kept_rows, overview_of
from crm.privacy.erasure.tables import Decision
from crm.web.forms import Fields
from crm.web.i18n import _, word
from crm.web.render import page, see_other

P = Permission
PAGE = 50
CHOICES = [decision.value for decision in Decision]
PREPARING = ("draft", "submitted", "approved")


@get("/privacy/erasures", permission=P.PRIVACY_APPROVE)
async def list_erasures(request: StaffRequest, cursor: FromQuery[str] = "") -> Response[str]:
    """All erasures, the newest first."""
    rows = await all_erasures(int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 18 else None)
    more = f"/privacy/erasures?cursor={rows[PAGE - 1].id}" if len(rows) > PAGE else ""
    return await page(request, "privacy/erasure/index.html", erasures=rows[:PAGE], more=more, words=words, word=word)


@post("/privacy/requests/{request_id:int}/erasure", permission=P.PRIVACY_MANAGE, status_code=303)
async def prepare(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    erasure = await act.prepare_erasure(request_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/privacy/erasures/{erasure}")


@get("/privacy/erasures/{erasure_id:int}", permission=P.PRIVACY_APPROVE)
async def show_erasure(request: StaffRequest, erasure_id: FromPath[int]) -> Response[str]:
    return await _page(request, await erasure_for(erasure_id))


@post("/privacy/erasures/{erasure_id:int}/mentions", permission=P.PRIVACY_MANAGE, status_code=303)
async def decide(request: StaffRequest, erasure_id: FromPath[int]) -> Response[Any]:
    """What becomes of the mentions in other texts: each as chosen, and (`rest`) all that are open then in one way."""
    now, erasure = datetime.now(UTC), await erasure_for(erasure_id)
    fields = Fields(dict(await request.form()))
    rest = _decision(fields, "rest")
    try:
        fields.check()
        await _decide_each(request, erasure, fields, now)
        await act.decide_rest(erasure, rest, "", by=request.user.id, now=now)
    except (Invalid, Conflict) as problem:
        return await _page(request, erasure, problem, fields)
    return see_other(request, f"/privacy/erasures/{erasure_id}#mentions")


def _decision(fields: Fields, name: str) -> Decision:
    value = fields.one_of(name, CHOICES)
    return Decision(value) if value in CHOICES else Decision.OPEN


async def _decide_each(request: StaffRequest, erasure: Row, fields: Fields, now: datetime) -> None:
    """The choices of the form that are for texts which it showed; a text that has changed since is asked about anew."""
    errors = {}
    for text in (await overview_of(erasure, now)).texts:
        if fields.text(f"digest-{text.key}") != text.digest:
            continue
        decision = _decision(fields, f"decision-{text.key}")
        reason = fields.text(f"reason-{text.key}", limit=500)
        if decision and (decision != text.decision or reason != text.reason):
            try:
                key = (text.table, text.column, text.row_id)
                await act.decide_mention(erasure.id, key, text.digest, decision, reason, by=request.user.id, now=now)
            except Invalid as invalid:
                errors[f"reason-{text.key}"] = invalid.errors["reason"]
    if errors:
        raise Invalid(errors)


@post("/privacy/erasures/{erasure_id:int}/submission", permission=P.PRIVACY_MANAGE, status_code=303)
async def submit(request: StaffRequest, erasure_id: FromPath[int]) -> Response[Any]:
    erasure, fields = await erasure_for(erasure_id), Fields(dict(await request.form()))
    return await _do(
        request,
        erasure,
        act.submit_erasure(erasure, fields.text("fingerprint"), by=request.user.id, now=datetime.now(UTC)),
    )


@post("/privacy/erasures/{erasure_id:int}/approval", permission=P.PRIVACY_APPROVE, status_code=303)
async def approve(request: StaffRequest, erasure_id: FromPath[int]) -> Response[Any]:
    erasure, fields = await erasure_for(erasure_id), Fields(dict(await request.form()))
    return await _do(
        request,
        erasure,
        act.approve_erasure(erasure, fields.text("fingerprint"), by=request.user.id, now=datetime.now(UTC)),
    )


@post("/privacy/erasures/{erasure_id:int}/return", permission=P.PRIVACY_APPROVE, status_code=303)
async def hand_back(request: StaffRequest, erasure_id: FromPath[int]) -> Response[Any]:
    erasure, fields = await erasure_for(erasure_id), Fields(dict(await request.form()))
    reason = fields.text("reason", limit=500)
    return await _do(
        request, erasure, act.hand_back_erasure(erasure, reason, by=request.user.id, now=datetime.now(UTC)), fields
    )


@post("/privacy/erasures/{erasure_id:int}/cancellation", permission=P.PRIVACY_MANAGE, status_code=303)
async def cancel(request: StaffRequest, erasure_id: FromPath[int]) -> Response[Any]:
    erasure = await erasure_for(erasure_id)
    return await _do(request, erasure, act.cancel_erasure(erasure, by=request.user.id, now=datetime.now(UTC)))


@get("/privacy/erasures/{erasure_id:int}/certificate", permission=P.PRIVACY_APPROVE)
async def send_certificate(request: StaffRequest, erasure_id: FromPath[int]) -> Response[bytes]:
    erasure = await erasure_for(erasure_id)
    if not erasure.certificate_hash:
        raise NotFound()
    file = await file_named(erasure.certificate_hash)
    name = _("certificate-of-erasure") + f"-{erasure.id}.pdf"
    return Response(file.content, media_type="application/pdf", headers={"content-disposition": disposition(name)})


async def _do(request: StaffRequest, erasure: Row, verb: Any, fields: Fields | None = None) -> Response[Any]:
    """Carry a verb out; what stands against it is told on the page, as it is now."""
    try:
        await verb
    except (Invalid, Conflict, RuleBroken) as problem:
        return await _page(request, await erasure_for(erasure.id), problem, fields)
    return see_other(request, f"/privacy/erasures/{erasure.id}")


async def _page(
    request: StaffRequest,
    erasure: Row,
    problem: Invalid | Conflict | RuleBroken | None = None,
    fields: Fields | None = None,
) -> Response[str]:
    context: dict[str, Any] = {
        "erasure": erasure, "words": words, "word": word,
        "problem": problem, "errors": problem.errors if isinstance(problem, Invalid) else {}, "typed": fields.values if fields else {},
        "most": MOST, "may_prepare": request.user.may(P.PRIVACY_MANAGE), "is_own": erasure.prepared_by == request.user.id,
    }  # fmt: skip
    if erasure.status in PREPARING:
        overview = await overview_of(erasure, datetime.now(UTC))
        context |= {"overview": overview, "duties": overview.duties}
        template = "privacy/erasure/prepare.html"
    else:
        found, kept = decoded(erasure.found_text), await kept_rows(erasure.id)
        context |= {"found": found, "kept": kept, "duties": await all_duties()}
        template = "privacy/erasure/show.html"
    return await page(request, template, status=problem.status if problem else 200, **context)


router = Router(
    "",
    route_handlers=[
        list_erasures, prepare, show_erasure, decide, submit, approve, hand_back, cancel, send_certificate, *duty_pages.route_handlers,
    ],
)  # fmt: skip
