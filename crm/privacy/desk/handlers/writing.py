"""The pages on which officers write to the person and correct the data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.words import field_label
from crm.errors import Conflict, Invalid, NotFound, RuleBroken
from crm.privacy.desk import words
from crm.privacy.desk.answering import draft_for, send_answer
from crm.privacy.desk.forms import parse_answer, parse_rectification, version_of
from crm.privacy.desk.queries import request_for
from crm.privacy.desk.rectifying import fields_of, present_data, rectify
from crm.privacy.desk.wordings import NEED_REASON, OCCASIONS
from crm.web.forms import Fields
from crm.web.render import page, see_other

P = Permission.PRIVACY_MANAGE


@get("/privacy/requests/{request_id:int}/answer", permission=P)
async def new_answer(request: StaffRequest, request_id: FromPath[int]) -> Response[str]:
    """The text for this occasion, ready to be changed."""
    query = Fields(request.query_params)
    occasion = query.one_of("occasion", OCCASIONS, "answer")
    query.check()
    found = await request_for(request_id)
    text = await draft_for(request_id, occasion)
    values = {
        "occasion": occasion, "subject": text.subject, "text": text.text, "address": found.address, "settles": "1",
        "way": "mail" if found.address else "letter",
    }  # fmt: skip
    return await _answer_form(request, request_id, values, {})


@post("/privacy/requests/{request_id:int}/answer", permission=P, status_code=303)
async def create_answer(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    """It goes out, and what it says holds."""
    values, now = dict(await request.form()), datetime.now(UTC)

    async def do() -> str:
        answer = parse_answer(values)
        await send_answer(request_id, answer, version=version_of(values), by=request.user.id, now=now)
        return f"/privacy/requests/{request_id}?done=sent"

    try:
        where = await form_once(request, str(values.get("submission_id", "")), do, now=now)
    except Invalid as error:
        return await _answer_form(request, request_id, values, error.errors)
    except (RuleBroken, Conflict) as error:
        return await _answer_form(request, request_id, values, {"": error.sentence})
    return see_other(request, where)


async def _answer_form(
    request: StaffRequest, request_id: int, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    occasion = str(values.get("occasion", "answer"))
    return await page(
        request, "privacy/desk/answer.html", status=422 if errors else 200, data_request=await request_for(request_id), values=values,
        errors=errors, occasion=occasion if occasion in OCCASIONS else "answer", occasions=OCCASIONS,
        needs_reason=occasion in NEED_REASON, words=words,
    )  # fmt: skip


@get("/privacy/requests/{request_id:int}/rectification", permission=P)
async def new_rectification(request: StaffRequest, request_id: FromPath[int]) -> Response[str]:
    """What we have, beside what the person says."""
    return await _rectification_form(request, request_id, None, {})


@post("/privacy/requests/{request_id:int}/rectification", permission=P, status_code=303)
async def create_rectification(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    """The data are corrected; the recipients are on the list."""
    values, now = dict(await request.form()), datetime.now(UTC)

    async def do() -> str:
        present = await present_data(request_id)
        changed, version = parse_rectification(values, fields_of(present)) if present is not None else ({}, 0)
        await rectify(request_id, changed, version, by=request.user.id, now=now)
        return f"/privacy/requests/{request_id}?done=rectified"

    try:
        where = await form_once(request, str(values.get("submission_id", "")), do, now=now)
    except Invalid as error:
        return await _rectification_form(request, request_id, values, error.errors)
    except (RuleBroken, Conflict) as error:
        return await _rectification_form(request, request_id, values, {"": error.sentence})
    return see_other(request, where)


async def _rectification_form(
    request: StaffRequest, request_id: int, values: Mapping[str, Any] | None, errors: Mapping[str, str]
) -> Response[str]:
    found, present = await request_for(request_id), await present_data(request_id)
    if present is None:
        raise NotFound()
    names = fields_of(present)
    return await page(
        request, "privacy/desk/rectification.html", status=422 if errors else 200, data_request=found, present=present, names=names,
        labels={name: field_label(name) for name in names}, values=values or {name: present[name] for name in names}, errors=errors,
    )  # fmt: skip


route_handlers = [new_answer, create_answer, new_rectification, create_rectification]
