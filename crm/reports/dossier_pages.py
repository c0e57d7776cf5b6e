"""The dossier of a customer as PDF, printed by a program of its own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import structlog
from litestar import Response, get
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.handlers.history import WORDS
from crm.customers.history import metric_text
from crm.customers.portrait import Named
from crm.customers.queries import local_level
from crm.customers.salutation import salutation
from crm.customers.words import KINDS, ORIGINS, STATUSES, TICKET_STATUSES, field_label
from crm.errors import RuleBroken
from crm.improvement.words import HEADINGS
from crm.improvement.words import KINDS as FEEDBACK_KINDS
from crm.reports.actions import print_pdf
from crm.reports.dossier import Dossier, dossier_of, in_sentences, note_dossier
from crm.reports.paper import Letterhead, frame, our_letterhead
from crm.reports.printing import Job
from crm.touchpoints.describing import journey_description
from crm.web.i18n import LANGUAGES, _, language, speaking, word
from crm.web.render import text

P = Permission
log = structlog.get_logger()
SHORTENED = 320
"""So many characters of each line of the history are printed."""

AT_ONCE = asyncio.Semaphore(2)
"""Programs that print at the same time: each takes 150 MB for some three seconds."""


@get("/customers/{customer_id:int}/dossier", permission=P.CUSTOMERS_VIEW)
async def show_dossier(request: StaffRequest, customer_id: FromPath[int], lang: FromQuery[str] = "") -> Response[bytes]:
    """What to know before a visit, on paper; in the reader's language, or the one that is asked for."""
    return await printed_dossier(request, customer_id, lang)


async def printed_dossier(request: StaffRequest, customer_id: int, lang: str) -> Response[bytes]:
    now, code = datetime.now(UTC), lang if lang in LANGUAGES else language.get()
    letterhead = await our_letterhead()
    with speaking(code):
        dossier = await dossier_of(request.user, customer_id, now)
        job = dossier_job(dossier, letterhead, by=request.user.name, code=code, now=now)
        name = _("dossier") + f"-{dossier.customer.number}.pdf"
    async with AT_ONCE:
        try:
            pdf = await print_pdf(job)
        except (RuntimeError, TimeoutError) as problem:
            log.error("dossier_failed", customer_id=customer_id, exc_info=problem)
            raise RuleBroken(_("The dossier could not be printed. Please try it again.")) from problem
    await note_dossier(dossier.customer.id, by=request.user.id, now=now)
    headers = {"content-disposition": f'inline; filename="{name}"', "cache-control": "private, no-store"}
    return Response(pdf, media_type="application/pdf", headers=headers)


def dossier_job(dossier: Dossier, letterhead: Letterhead, *, by: str, code: str, now: datetime) -> Job:
    """The pages that are printed, in the language of the moment, which is `code`."""
    note = _("for %(name)s; destroy it after the visit") % {"name": by}
    drawing = dossier.journey
    page = text(
        "reports/dossier.html", d=dossier, made_at=now, sentences=in_sentences(dossier, now),
        drawing_text=journey_description(drawing, _, language=code) if drawing else "", level=local_level(dossier.customer),
        **frame(letterhead, _("Dossier: %(name)s") % {"name": dossier.customer.name}, note), **_words(),
    )  # fmt: skip
    return Job(page, {}, [], now.replace(microsecond=0), "de-DE" if code == "de" else "en-GB")


def _words() -> dict[str, Any]:
    return {
        "word": word, "shortened": SHORTENED,
        "words": WORDS, "kinds": KINDS, "statuses": STATUSES, "ticket_statuses": TICKET_STATUSES, "origins": ORIGINS,
        "feedback_kinds": FEEDBACK_KINDS, "headings": HEADINGS, "field_label": field_label, "metric_text": metric_text,
        "salutation_of": lambda person: salutation(Named.of(person), person["language"]),
    }  # fmt: skip


route_handlers = [show_dossier]
