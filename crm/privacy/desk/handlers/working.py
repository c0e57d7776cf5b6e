"""What officers do on the page of a request: each route is one step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.queries import customer_meant
from crm.errors import Conflict, Invalid, RuleBroken
from crm.privacy.desk.filing import local_day
from crm.privacy.desk.forms import note_of, version_of
from crm.privacy.desk.handlers.listing import request_page
from crm.privacy.desk.handling import (
    begin_request,
    change_kind,
    name_subject,
    note_on_request,
    settle_identity,
    settle_request,
)
from crm.privacy.desk.notices import add_recipient, gather_recipients, tell_recipient
from crm.privacy.desk.objecting import ask_for_review, record_objection, weigh_objection
from crm.privacy.desk.queries import request_for
from crm.privacy.desk.restricting import lift_restriction, restrict_processing
from crm.privacy.desk.tables import Identity, RequestKind
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.render import see_other

P = Permission.PRIVACY_MANAGE
Values = dict[str, Any]
Step = Callable[[Values, int, datetime], Awaitable[object]]


async def _step(request: StaffRequest, request_id: int, at: str, done: str, do: Step) -> Response[Any]:
    """Run one step once; what is wrong with it stands on the page, with what was typed."""
    values, now = dict(await request.form()), datetime.now(UTC)

    async def run() -> str:
        await do(values, request.user.id, now)
        return f"/privacy/requests/{request_id}?done={done}"

    try:
        where = await form_once(request, str(values.get("submission_id", "")), run, now=now)
    except Invalid as error:
        return await request_page(request, request_id, values, error.errors, at)
    except (RuleBroken, Conflict) as error:
        return await request_page(request, request_id, values, {"": error.sentence}, at)
    return see_other(request, where)


@post("/privacy/requests/{request_id:int}/beginning", permission=P, status_code=303)
async def begin(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    return await _step(
        request,
        request_id,
        "begin",
        "begun",
        lambda v, by, now: begin_request(request_id, version=version_of(v), by=by, now=now),
    )


@post("/privacy/requests/{request_id:int}/notes", permission=P, status_code=303)
async def note(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    async def do(values: Values, by: int, now: datetime) -> None:
        text = note_of(values, "note")
        if not text:
            raise Invalid({"note": _("Please fill this in.")})
        await note_on_request(request_id, text, by=by, now=now)

    return await _step(request, request_id, "note", "noted", do)


@post("/privacy/requests/{request_id:int}/kind", permission=P, status_code=303)
async def take_as(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    """The person wants something else."""

    async def do(values: Values, by: int, now: datetime) -> None:
        fields = Fields(values)
        kind = fields.choice("kind", RequestKind)
        fields.check()
        await change_kind(request_id, kind, version=version_of(values), by=by, now=now)

    return await _step(request, request_id, "kind", "kind", do)


@post("/privacy/requests/{request_id:int}/subject", permission=P, status_code=303)
async def name_whom(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    """Whom it is about: a customer by number or name, and who of them."""

    async def do(values: Values, by: int, now: datetime) -> None:
        fields = Fields(values)
        said, person_id = fields.text("customer"), fields.reference("person_id")
        fields.check()
        customer_id = await customer_meant(said) if said else (await request_for(request_id)).customer
        if customer_id is None:
            raise Invalid({"customer": _("No customer, or more than one, is meant by that. Give the number.")})
        await name_subject(
            request_id, customer_id, None if said else person_id, version=version_of(values), by=by, now=now
        )

    return await _step(request, request_id, "subject", "named", do)


@post("/privacy/requests/{request_id:int}/identity", permission=P, status_code=303)
async def check_identity(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    async def do(values: Values, by: int, now: datetime) -> None:
        fields = Fields(values)
        identity = fields.choice("identity", Identity)
        fields.check()
        await settle_identity(request_id, identity, note_of(values, "how"), version=version_of(values), by=by, now=now)

    return await _step(request, request_id, "identity", "identity", do)


@post("/privacy/requests/{request_id:int}/settlement", permission=P, status_code=303)
async def settle(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    return await _step(
        request, request_id, "settle", "settled",
        lambda v, by, now: settle_request(request_id, note_of(v, "note"), version=version_of(v), by=by, now=now),
    )  # fmt: skip


@post("/privacy/requests/{request_id:int}/restriction", permission=P, status_code=303)
async def restrict(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    async def do(values: Values, by: int, now: datetime) -> None:
        await restrict_processing(request_id, note_of(values, "reason"), version=version_of(values), by=by, now=now)

    return await _step(request, request_id, "restrict", "restricted", do)


@post("/privacy/requests/{request_id:int}/lifting", permission=P, status_code=303)
async def lift(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    async def do(values: Values, by: int, now: datetime) -> None:
        restriction = (await request_for(request_id)).restriction_id
        if restriction is None:
            raise RuleBroken(_("Nothing is restricted here."))
        await lift_restriction(restriction, note_of(values, "reason"), by=by, now=now)

    return await _step(request, request_id, "lift", "lifted", do)


@post("/privacy/requests/{request_id:int}/objection", permission=P, status_code=303)
async def objection(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    async def do(values: Values, by: int, now: datetime) -> None:
        against = Fields(values).text("against")
        await record_objection(request_id, against, version=version_of(values), by=by, now=now)

    return await _step(request, request_id, "object", "objected", do)


@post("/privacy/requests/{request_id:int}/weighing", permission=P, status_code=303)
async def weigh(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    async def do(values: Values, by: int, now: datetime) -> None:
        outcome, grounds = Fields(values).text("outcome"), note_of(values, "grounds")
        await weigh_objection(request_id, outcome, grounds, version=version_of(values), by=by, now=now)

    return await _step(request, request_id, "weigh", "weighed", do)


@post("/privacy/requests/{request_id:int}/review", permission=P, status_code=303)
async def review(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    return await _step(
        request,
        request_id,
        "review",
        "review",
        lambda v, by, now: ask_for_review(request_id, version=version_of(v), by=by, now=now),
    )


@post("/privacy/requests/{request_id:int}/recipients", permission=P, status_code=303)
async def recipient(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    """One more recipient; without a name those are looked for who got the data by an export."""

    async def do(values: Values, by: int, now: datetime) -> None:
        if values.get("gather"):
            await gather_recipients(request_id)
        else:
            await add_recipient(request_id, note_of(values, "recipient"), by=by, now=now)

    return await _step(request, request_id, "recipient", "recipient", do)


@post("/privacy/requests/{request_id:int}/recipients/{notice_id:int}", permission=P, status_code=303)
async def told(request: StaffRequest, request_id: FromPath[int], notice_id: FromPath[int]) -> Response[Any]:
    async def do(values: Values, by: int, now: datetime) -> None:
        fields = Fields(values)
        on = fields.on("on")
        fields.check()
        await tell_recipient(
            request_id, notice_id, fields.text("how"), note_of(values, "note"), on, by=by, now=now, today=local_day(now)
        )

    return await _step(request, request_id, f"told-{notice_id}", "told", do)


route_handlers = [
    begin, note, take_as, name_whom, check_identity, settle, restrict, lift, objection, weigh, review, recipient, told,
]  # fmt: skip
