"""The proof of a consent as PDF, printed by a program of its own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog
from litestar import Response, get
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.consents import queries
from crm.consents.page_words import words
from crm.consents.proof import Proof, note_proof, proof_of
from crm.consents.subjects import Subject, of_address, of_person
from crm.consents.verification import told
from crm.customers.queries import person_for
from crm.errors import RuleBroken
from crm.reports.actions import print_pdf
from crm.reports.paper import Letterhead, frame, our_letterhead
from crm.reports.printing import Job
from crm.web.i18n import LANGUAGES, _, language, speaking
from crm.web.render import text

P = Permission
log = structlog.get_logger()
AT_ONCE = asyncio.Semaphore(2)
"""Programs that print at the same time: each takes 150 MB for some three seconds."""


@get("/persons/{person_id:int}/consents/proofs/{event_id:int}", permission=P.CONSENTS_VIEW)
async def proof_of_person(
    request: StaffRequest, person_id: FromPath[int], event_id: FromPath[int], lang: FromQuery[str] = ""
) -> Response[bytes]:
    """What proves a person's yes, in German or English."""
    return await _printed(request, of_person(await person_for(request.user, person_id)), event_id, lang)


@get("/addresses/{address_id:int}/consents/proofs/{event_id:int}", permission=P.CONSENTS_VIEW)
async def proof_of_address(
    request: StaffRequest, address_id: FromPath[int], event_id: FromPath[int], lang: FromQuery[str] = ""
) -> Response[bytes]:
    return await _printed(request, of_address(await queries.address_for(request.user, address_id)), event_id, lang)


async def _printed(request: StaffRequest, subject: Subject, event_id: int, lang: str) -> Response[bytes]:
    now = datetime.now(UTC)
    proof = await proof_of(subject, event_id)
    code = lang if lang in LANGUAGES else language.get()
    job = proof_job(proof, await our_letterhead(), code, now)
    async with AT_ONCE:
        try:
            pdf = await print_pdf(job)
        except (RuntimeError, TimeoutError) as problem:
            log.error("proof_failed", event_id=event_id, exc_info=problem)
            raise RuleBroken(_("The proof could not be printed. Please try it again.")) from problem
    await note_proof(proof, by=request.user.id, now=now)
    with speaking(code):
        name = _("proof-of-consent") + f"-{event_id}.pdf"
    headers = {"content-disposition": f'inline; filename="{name}"', "cache-control": "private, no-store"}
    return Response(pdf, media_type="application/pdf", headers=headers)


def proof_job(proof: Proof, letterhead: Letterhead, code: str, now: datetime) -> Job:
    """The page that is printed, in this language."""
    with speaking(code):
        title = _("Proof of consent")
        page = text(
            "reports/consent_proof.html",
            proof=proof,
            made_at=now,
            told=told,
            **frame(letterhead, title),
            heading=title,
            **words(),
        )
        return Job(page, {}, [], now.replace(microsecond=0), "de-DE" if code == "de" else "en-GB")


route_handlers = [proof_of_person, proof_of_address]
