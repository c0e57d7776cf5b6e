"""A person's consents, and those of an address without a person: the same pages under two addresses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.consents import queries
from crm.consents.actions import record_event
from crm.consents.confirmation_links import first_address
from crm.consents.confirming import ask_again
from crm.consents.evidence import proving_in
from crm.consents.forms import ConsentForm
from crm.consents.ledger import State, Status
from crm.consents.page_words import words
from crm.consents.proof import ledger_of
from crm.consents.subjects import Subject, channels_of, of_address, of_person, states_of
from crm.consents.tables import ConsentEventKind, ConsentSource, LegalBasis
from crm.customers.queries import person_for
from crm.customers.uploads import BODY_LIMIT, uploads_in
from crm.errors import Invalid, NotFound, RuleBroken
from crm.files.words import size_text
from crm.web.i18n import N_
from crm.web.render import flashes, fragment, is_fragment, page, see_other

P = Permission
DONE = {"link": N_("The mail with the link is on its way.")}


async def _show(request: StaffRequest, subject: Subject, *, trouble: str = "") -> Response[str]:
    ledger = await ledger_of(subject)
    first = (subject.address or await first_address(subject.person_id)).lower()
    said = flashes(request, DONE) + ([{"text": trouble, "tone": "rust"}] if trouble else [])
    return await page(
        request, "consents/person.html", status=422 if trouble else 200, subject=subject, events=queries.Page(ledger, None),
        with_person=False, states=states_of(ledger, await queries.purposes(), subject, first), can_be_withdrawn=can_be_withdrawn,
        waits=lambda state: state.status == Status.PENDING or (first and state.mailbox not in ("", first)), first_address=first,
        flashes=said, **words(),
    )  # fmt: skip


def can_be_withdrawn(state: State) -> bool:
    """There is something to take back."""
    return state.status in (Status.GIVEN, Status.PENDING)


async def _form(
    request: StaffRequest, subject: Subject, code: str, values: dict[str, Any], errors: dict[str, str]
) -> Response[str]:
    purpose = await queries.purpose_named(code)
    if purpose is None or purpose.legal_basis != LegalBasis.CONSENT or not channels_of(purpose, subject):
        raise NotFound()
    texts = [row for row in await queries.wordings(code) if row.language == subject.language]
    context = {
        "subject": subject, "purpose": purpose, "wordings": texts, "channels": channels_of(purpose, subject), "values": values,
        "errors": errors, "largest": size_text(request.app.state.settings.largest_document), **words(),
    }  # fmt: skip
    status = 422 if errors else 200
    if is_fragment(request):
        return await fragment(request, "consents/_form.html", status=status, prefix="d-", in_dialog=True, **context)
    return await page(request, "consents/new.html", status=status, prefix="f-", in_dialog=False, **context)


async def _record(request: StaffRequest, subject: Subject) -> Response[Any]:
    sent = await request.form()
    body, files = {name: value for name, value in sent.items() if isinstance(value, str)}, sent.getall("document", [])
    now = datetime.now(UTC)
    where = f"{subject.home}/consents"

    async def do() -> str:
        await record_event(
            person_id=subject.person_id, address=subject.address, purpose=form.purpose, channel=form.channel, event=form.event,
            source=form.source, wording_version=form.wording_version, by=request.user.id, at=form.at, now=now,
            evidence={"note": form.evidence}, document=document,
        )  # fmt: skip
        return where

    try:
        form = ConsentForm.parse(body)
        document = await proving_in(uploads_in(files), largest=request.app.state.settings.largest_document)
        await form_once(request, form.submission_id, do, now=now)
    except Invalid as error:
        return await _form(request, subject, str(body.get("purpose", "")), body, error.errors)
    return see_other(request, where)


async def _withdraw(request: StaffRequest, subject: Subject) -> Response[Any]:
    body = await request.form()
    await record_event(
        person_id=subject.person_id, address=subject.address, purpose=str(body.get("purpose", "")),
        channel=str(body.get("channel", "")), event=ConsentEventKind.WITHDRAWN, source=ConsentSource.OTHER, by=request.user.id,
        now=datetime.now(UTC),
    )  # fmt: skip
    return see_other(request, f"{subject.home}/consents")


async def _ask_again(request: StaffRequest, subject: Subject) -> Response[Any]:
    body = await request.form()
    try:
        await ask_again(
            person_id=subject.person_id, address=subject.address, purpose=str(body.get("purpose", "")), by=request.user.id,
            now=datetime.now(UTC),
        )  # fmt: skip
    except RuleBroken as broken:
        return await _show(request, subject, trouble=broken.sentence)
    return see_other(request, f"{subject.home}/consents?done=link")


@get("/persons/{person_id:int}/consents", permission=P.CONSENTS_VIEW)
async def show_person(request: StaffRequest, person_id: FromPath[int], done: FromQuery[str] = "") -> Response[str]:
    """What a person has allowed and forbidden, now and over time."""
    return await _show(request, of_person(await person_for(request.user, person_id)))


@get("/addresses/{address_id:int}/consents", permission=P.CONSENTS_VIEW)
async def show_address(request: StaffRequest, address_id: FromPath[int], done: FromQuery[str] = "") -> Response[str]:
    """The same for an address of a company that belongs to no person."""
    return await _show(request, of_address(await queries.address_for(request.user, address_id)))


@get("/persons/{person_id:int}/consents/new", permission=P.CONSENTS_RECORD)
async def new_event(
    request: StaffRequest, person_id: FromPath[int], purpose: FromQuery[str], channel: FromQuery[str] = ""
) -> Response[str]:
    """The form for one purpose, with the full text of its wordings."""
    subject = of_person(await person_for(request.user, person_id))
    return await _form(request, subject, purpose, {"channel": channel, "purpose": purpose}, {})


@get("/addresses/{address_id:int}/consents/new", permission=P.CONSENTS_RECORD)
async def new_event_of_address(
    request: StaffRequest, address_id: FromPath[int], purpose: FromQuery[str], channel: FromQuery[str] = ""
) -> Response[str]:
    subject = of_address(await queries.address_for(request.user, address_id))
    return await _form(request, subject, purpose, {"channel": channel, "purpose": purpose}, {})


@post(
    "/persons/{person_id:int}/consents",
    permission=P.CONSENTS_RECORD,
    status_code=303,
    request_max_body_size=BODY_LIMIT,
)
async def record(request: StaffRequest, person_id: FromPath[int]) -> Response[Any]:
    """Add what a person said to the ledger."""
    return await _record(request, of_person(await person_for(request.user, person_id)))


@post(
    "/addresses/{address_id:int}/consents",
    permission=P.CONSENTS_RECORD,
    status_code=303,
    request_max_body_size=BODY_LIMIT,
)
async def record_of_address(request: StaffRequest, address_id: FromPath[int]) -> Response[Any]:
    return await _record(request, of_address(await queries.address_for(request.user, address_id)))


@post("/persons/{person_id:int}/consents/withdrawals", permission=P.CONSENTS_RECORD, status_code=303)
async def withdraw(request: StaffRequest, person_id: FromPath[int]) -> Response[Any]:
    """Take a consent back: one click, as easy as giving it (GDPR Art. 7 (3))."""
    return await _withdraw(request, of_person(await person_for(request.user, person_id)))


@post("/addresses/{address_id:int}/consents/withdrawals", permission=P.CONSENTS_RECORD, status_code=303)
async def withdraw_of_address(request: StaffRequest, address_id: FromPath[int]) -> Response[Any]:
    return await _withdraw(request, of_address(await queries.address_for(request.user, address_id)))


@post("/persons/{person_id:int}/consents/confirmation-links", permission=P.CONSENTS_RECORD, status_code=303)
async def send_again(request: StaffRequest, person_id: FromPath[int]) -> Response[Any]:
    """Send the link by which a consent is confirmed once more."""
    return await _ask_again(request, of_person(await person_for(request.user, person_id)))


@post("/addresses/{address_id:int}/consents/confirmation-links", permission=P.CONSENTS_RECORD, status_code=303)
async def send_again_to_address(request: StaffRequest, address_id: FromPath[int]) -> Response[Any]:
    return await _ask_again(request, of_address(await queries.address_for(request.user, address_id)))


route_handlers = [
    show_person, show_address, new_event, new_event_of_address, record, record_of_address, withdraw, withdraw_of_address, send_again,
    send_again_to_address,
]  # fmt: skip
