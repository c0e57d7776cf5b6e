"""The documents that prove events of the ledger, as files to be saved."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.consents import queries
from crm.consents.evidence import document_of
from crm.consents.proof import ledger_of
from crm.consents.subjects import Subject, of_address, of_person
from crm.customers.handlers.documents import content_of
from crm.customers.queries import person_for
from crm.errors import NotFound

P = Permission


@get("/persons/{person_id:int}/consents/documents/{event_id:int}", permission=P.CONSENTS_VIEW)
async def document_of_person(request: StaffRequest, person_id: FromPath[int], event_id: FromPath[int]) -> Response[Any]:
    """The document of an event about a person; with `?show=1` a picture is shown instead."""
    return await sent(request, of_person(await person_for(request.user, person_id)), event_id)


@get("/addresses/{address_id:int}/consents/documents/{event_id:int}", permission=P.CONSENTS_VIEW)
async def document_of_address(
    request: StaffRequest, address_id: FromPath[int], event_id: FromPath[int]
) -> Response[Any]:
    return await sent(request, of_address(await queries.address_for(request.user, address_id)), event_id)


async def sent(request: StaffRequest, subject: Subject, event_id: int) -> Response[Any]:
    """Raises NotFound for an event of somebody else, and for one without a document."""
    if event_id not in {row.id for row in await ledger_of(subject)}:
        raise NotFound()
    return content_of(await document_of(event_id), shown=request.query_params.get("show") == "1")


route_handlers = [document_of_person, document_of_address]
