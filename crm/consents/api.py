"""Consent over the API: record an event, a person's ledger, and the gate's answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.consents import purpose_api, queries
from crm.consents.actions import record_event
from crm.consents.confirming import ask_again
from crm.consents.document_pages import sent
from crm.consents.evidence import proving
from crm.consents.gate import permission_for
from crm.consents.origin_pages import calls as origin_calls
from crm.consents.sentences import conditions
from crm.consents.subjects import of_address, of_person
from crm.consents.tables import CHANNELS, PROCESSING, ConsentEventKind, ConsentSource
from crm.customers.queries import customer_for, person_for
from crm.customers.uploads import BODY_LIMIT
from crm.errors import Invalid
from crm.web.i18n import _
from crm.web.parameters import Version


class NewDocument(msgspec.Struct, forbid_unknown_fields=True):
    """A file: `content` is its bytes in Base64."""

    name: str
    content: bytes


class NewConsent(msgspec.Struct, forbid_unknown_fields=True):
    """An event about a person, or about an address without one. `at` needs a time zone; evidence is short texts by name, and
    `document` the paper that proves it."""

    purpose: str
    channel: str
    event: ConsentEventKind
    source: ConsentSource
    person_id: int | None = None
    address: str | None = None
    wording_version: Version | None = None
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    evidence: dict[str, str] = {}
    document: NewDocument | None = None


class Document(msgspec.Struct):
    """The document of an event. `media_type` is what the content is, whatever the name says; its bytes are at
    consents/{id}/document below the person or address."""

    name: str
    size: int
    media_type: str
    sha256: str


class Consent(msgspec.Struct):
    """One event of the ledger."""

    id: int
    person_id: int | None
    purpose: str
    channel: str
    event: str
    source: str
    wording_version: int | None
    at: datetime
    recorded_at: datetime
    document: Document | None = None


class Consents(msgspec.Struct):
    items: list[Consent]


class Address(msgspec.Struct):
    """An e-mail address that belongs to no person."""

    id: int
    address: str


class Addresses(msgspec.Struct):
    items: list[Address]


class LinkWish(msgspec.Struct, forbid_unknown_fields=True):
    """The purpose whose consent is to be confirmed."""

    purpose: str


class ConditionMet(msgspec.Struct):
    """One condition for advertising to existing customers, by its number in UWG § 7 (3)."""

    number: int
    met: bool
    because: str


class PermissionAnswer(msgspec.Struct):
    """The gate's answer: yes or no, on which basis, and why as a code and in words; of advertising by e-mail without consent each
    condition of UWG § 7 (3)."""

    allowed: bool
    because: str
    basis: str
    code: str
    conditions: list[ConditionMet]


@post("/consents", permission=Permission.CONSENTS_RECORD, status_code=201, request_max_body_size=BODY_LIMIT)
async def add_consent(request: StaffRequest, data: JSONBody[NewConsent]) -> Response[bytes]:
    """Add an event to the ledger."""
    now = datetime.now(UTC)
    if data.person_id is not None:
        await person_for(request.user, data.person_id)

    async def do() -> Consent:
        largest = request.app.state.settings.largest_document
        document = proving(data.document.name, data.document.content, largest=largest) if data.document else None
        new = await record_event(
            person_id=data.person_id, address=data.address, purpose=data.purpose, channel=data.channel, event=data.event,
            source=data.source, wording_version=data.wording_version, by=request.user.id, at=data.at, now=now,
            evidence=data.evidence, document=document,
        )  # fmt: skip
        return _consent(await queries.event(new))

    return await created_once(request, do, now=now)


@get("/persons/{person_id:int}/consents", permission=Permission.CONSENTS_VIEW)
async def list_consents(request: StaffRequest, person_id: FromPath[int]) -> Consents:
    """All events about a person, the newest first."""
    person = await person_for(request.user, person_id)
    return Consents([_consent(row) for row in await queries.ledger_of(person.id)])


@get("/addresses/{address_id:int}/consents", permission=Permission.CONSENTS_VIEW)
async def list_consents_of_address(request: StaffRequest, address_id: FromPath[int]) -> Consents:
    """All events about a company's address that belongs to no person, the newest first."""
    address = await queries.address_for(request.user, address_id)
    return Consents([_consent(row) for row in await queries.ledger_of_address(address.address)])


@get("/persons/{person_id:int}/consents/{event_id:int}/document", permission=Permission.CONSENTS_VIEW)
async def read_document(request: StaffRequest, person_id: FromPath[int], event_id: FromPath[int]) -> Response[Any]:
    """The document that proves an event, as a file."""
    return await sent(request, of_person(await person_for(request.user, person_id)), event_id)


@get("/addresses/{address_id:int}/consents/{event_id:int}/document", permission=Permission.CONSENTS_VIEW)
async def read_document_of_address(
    request: StaffRequest, address_id: FromPath[int], event_id: FromPath[int]
) -> Response[Any]:
    """The same for an address without a person."""
    return await sent(request, of_address(await queries.address_for(request.user, address_id)), event_id)


@get("/customers/{customer_id:int}/addresses", permission=Permission.CONSENTS_VIEW)
async def list_addresses(request: StaffRequest, customer_id: FromPath[int]) -> Addresses:
    """The e-mail addresses of a customer that belong to no person."""
    customer = await customer_for(request.user, customer_id)
    return Addresses([Address(row.id, row.address) for row in await queries.addresses_of(customer.id)])


@post("/persons/{person_id:int}/consents/confirmation-links", permission=Permission.CONSENTS_RECORD, status_code=204)
async def send_link(request: StaffRequest, person_id: FromPath[int], data: JSONBody[LinkWish]) -> None:
    """Send the link by which a person confirms a consent once more."""
    person = await person_for(request.user, person_id)
    await ask_again(person_id=person.id, purpose=data.purpose, by=request.user.id, now=datetime.now(UTC))


@post("/addresses/{address_id:int}/consents/confirmation-links", permission=Permission.CONSENTS_RECORD, status_code=204)
async def send_link_to_address(request: StaffRequest, address_id: FromPath[int], data: JSONBody[LinkWish]) -> None:
    """The same for an address without a person."""
    address = await queries.address_for(request.user, address_id)
    await ask_again(address=address.address, purpose=data.purpose, by=request.user.id, now=datetime.now(UTC))


@get("/permission", permission=Permission.CONSENTS_VIEW)
async def ask_permission(
    request: StaffRequest,
    purpose: FromQuery[str] = "",
    channel: FromQuery[str] = "",
    person_id: FromQuery[int | None] = None,
    address: FromQuery[str | None] = None,
) -> PermissionAnswer:
    """May a message for this purpose go to this person or address on this channel?"""
    await _check(purpose, channel, person_id, address)
    if person_id is not None:
        await person_for(request.user, person_id)
    answer = await permission_for(
        person_id=person_id, address=address, purpose=purpose, channel=channel, now=datetime.now(UTC)
    )
    return PermissionAnswer(
        answer.allowed, answer.because, answer.basis, answer.code,
        [ConditionMet(each.number, each.is_met, each.sentence) for each in conditions(answer.params, answer.names)],
    )  # fmt: skip


async def _check(purpose: str, channel: str, person_id: int | None, address: str | None) -> None:
    errors = {}
    if await queries.purpose_named(purpose) is None:
        errors["purpose"] = _("Nobody has defined this purpose.")
    if channel not in (*CHANNELS, PROCESSING):
        words = {"words": ", ".join((*CHANNELS, PROCESSING))}
        errors["channel"] = _("The channel is one of: %(words)s.") % words
    if person_id is None and not (address or "").strip():
        errors["person_id"] = _("Name a person or an address.")
    if address is not None and not (address.isprintable() and len(address) <= 254):
        errors["address"] = _("This is not an address.")
    if errors:
        raise Invalid(errors)


def _consent(row: Any) -> Consent:
    return Consent(
        row.id,
        row.person_id,
        row.purpose,
        row.channel,
        row.event,
        row.source,
        row.wording_version,
        row.at,
        row.recorded_at,
        Document(row.document_name, row.document_size, row.document_type, row.document_sha256)
        if row.document_sha256
        else None,
    )


router = Router(
    "/api/v1",
    route_handlers=[
        add_consent,
        list_consents,
        list_consents_of_address,
        read_document,
        read_document_of_address,
        list_addresses,
        send_link,
        send_link_to_address,
        ask_permission,
        *purpose_api.route_handlers,
        *origin_calls,
    ],
    include_in_schema=True,
    tags=["consents"],
)
