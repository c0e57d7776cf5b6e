"""Pages of consent: the overview with the ledger, a person's consents, and the outbox."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.consents import queries
from crm.consents.actions import record_event
from crm.consents.forms import ConsentForm
from crm.consents.ledger import LedgerEvent, State, Status, state_of
from crm.consents.outbox_handlers import handlers as outbox
from crm.consents.sentences import (
    BASES,
    BY_CHANNEL,
    EVENTS,
    SOURCES,
    TONES,
    evidence_lines,
    status_words,
)  # fmt: skip
from crm.consents.tables import PROCESSING, ConsentEventKind, ConsentSource, LegalBasis
from crm.consents.verification import last_verification, verify_ledger
from crm.customers.queries import person_for
from crm.customers.words import CHANNELS
from crm.database import Row
from crm.errors import Invalid, NotFound
from crm.web.i18n import _, word
from crm.web.render import fragment, is_fragment, page, see_other


def _words() -> dict[str, Any]:
    """The words of the ledger in the language of the moment."""
    return {
        "event_words": {kind.value: _(word) for kind, word in EVENTS.items()},
        "sources": {source.value: _(word) for source, word in SOURCES.items()},
        "status_words": status_words,
        "evidence_lines": evidence_lines,
        "tones": {status.value: tone for status, tone in TONES.items()},
        "bases": {basis.value: _(word) for basis, word in BASES.items()},
        "channel_name": lambda channel: _("Keeping data") if channel == PROCESSING else word(CHANNELS, channel),
        "by_channel": lambda channel: word(BY_CHANNEL, channel),
        "is_no": queries.is_no,
        "can_be_withdrawn": can_be_withdrawn,
    }


@get("/consents", permission=Permission.CONSENTS_VIEW)
async def overview(request: StaffRequest, before: FromQuery[str | None] = None) -> Response[str]:
    """Coverage, wordings, the newest events; with `before`, htmx gets the next rows of the ledger."""
    events = await queries.latest_events(request.user, before)
    if is_fragment(request) and before:
        return await fragment(request, "consents/_events.html", events=events, with_person=True, **_words())
    return await page(
        request, "consents/index.html", events=events, with_person=True, coverage=await queries.coverage(datetime.now(UTC)),
        purposes=await queries.purposes(), wordings=await queries.wordings(), verification=await last_verification(), **_words(),
    )  # fmt: skip


@post("/consents/verification", permission=Permission.CONSENTS_RECORD, status_code=200)
async def verify(request: StaffRequest) -> Response[Any]:
    """Recompute the whole chain now."""
    verification = await verify_ledger(by=request.user.id, now=datetime.now(UTC))
    if is_fragment(request):
        return await fragment(request, "consents/_verification.html", verification=verification)
    return see_other(request, "/consents")


@get("/persons/{person_id:int}/consents", permission=Permission.CONSENTS_VIEW)
async def show_person(request: StaffRequest, person_id: FromPath[int]) -> Response[str]:
    """What a person has allowed and forbidden, now and over time."""
    person = await person_for(request.user, person_id)
    ledger = await queries.ledger_of(person.id)
    return await page(
        request, "consents/person.html", person=person, events=queries.Page(ledger, None), with_person=False,
        states=_states(ledger, await queries.purposes()), **_words(),
    )  # fmt: skip


def _states(ledger: list[Row], purposes: list[Row]) -> list[tuple[Row, list[tuple[str, State]]]]:
    """Each purpose that rests on consent, with the person's own state per channel."""
    found = []
    for purpose in purposes:
        if purpose.legal_basis != LegalBasis.CONSENT:
            continue
        channels = []
        for channel in purpose.channels.split(","):
            events = (
                LedgerEvent(e.id, ConsentEventKind(e.event), ConsentSource(e.source), e.at, e.wording_version)
                for e in ledger
                if e.purpose == purpose.code and e.channel == channel
            )
            state = state_of(events, needs_confirmation=purpose.needs_confirmation, channel=channel)
            channels.append((channel, state))
        found.append((purpose, channels))
    return found


@get("/persons/{person_id:int}/consents/new", permission=Permission.CONSENTS_RECORD)
async def new_event(
    request: StaffRequest, person_id: FromPath[int], purpose: FromQuery[str], channel: FromQuery[str] = ""
) -> Response[str]:
    """The form for one purpose, with the full text of its wordings."""
    person = await person_for(request.user, person_id)
    return await _form(request, person, purpose, {"channel": channel, "purpose": purpose}, {})


async def _form(
    request: StaffRequest, person: Row, code: str, values: dict[str, Any], errors: dict[str, str]
) -> Response[str]:
    purpose = await queries.purpose_named(code)
    if purpose is None or purpose.legal_basis != LegalBasis.CONSENT:
        raise NotFound()
    texts = [row for row in await queries.wordings(code) if row.language == person.language]
    context = {"person": person, "purpose": purpose, "wordings": texts, "values": values, "errors": errors, **_words()}
    status = 422 if errors else 200
    if is_fragment(request):
        return await fragment(request, "consents/_form.html", status=status, prefix="d-", in_dialog=True, **context)
    return await page(request, "consents/new.html", status=status, prefix="f-", in_dialog=False, **context)


@post("/persons/{person_id:int}/consents", permission=Permission.CONSENTS_RECORD, status_code=303)
async def record(request: StaffRequest, person_id: FromPath[int]) -> Response[Any]:
    """Add what a person said to the ledger."""
    person = await person_for(request.user, person_id)
    body = dict(await request.form())
    now = datetime.now(UTC)
    where = f"/persons/{person.id}/consents"

    async def do() -> str:
        await record_event(
            person_id=person.id, purpose=form.purpose, channel=form.channel, event=form.event, source=form.source,
            wording_version=form.wording_version, by=request.user.id, at=form.at, now=now,
            evidence={"note": form.evidence},
        )  # fmt: skip
        return where

    try:
        form = ConsentForm.parse(body)
        await form_once(request, form.submission_id, do, now=now)
    except Invalid as error:
        return await _form(request, person, str(body.get("purpose", "")), body, error.errors)
    return see_other(request, where)


@post("/persons/{person_id:int}/consents/withdrawals", permission=Permission.CONSENTS_RECORD, status_code=303)
async def withdraw(request: StaffRequest, person_id: FromPath[int]) -> Response[Any]:
    """Take a consent back: one click, as easy as giving it (GDPR Art. 7 (3))."""
    person = await person_for(request.user, person_id)
    body = await request.form()
    await record_event(
        person_id=person.id, purpose=str(body.get("purpose", "")), channel=str(body.get("channel", "")),
        event=ConsentEventKind.WITHDRAWN, source=ConsentSource.OTHER, by=request.user.id, now=datetime.now(UTC),
    )  # fmt: skip
    return see_other(request, f"/persons/{person.id}/consents")


def can_be_withdrawn(state: State) -> bool:
    """There is something to take back."""
    return state.status in (Status.GIVEN, Status.PENDING)


router = Router("", route_handlers=[overview, verify, show_person, new_event, record, withdraw, *outbox])
