"""Pages of exports: the form with its preview, what is on record, the file for whoever asked for it, and single vCards."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.consents.queries import purposes as purpose_catalogue
from crm.customers.queries import person_for
from crm.database import Row
from crm.errors import Invalid, NotFound
from crm.files.names import disposition
from crm.files.queries import chunks_of
from crm.files.words import size_text
from crm.profiles.definitions import Definition
from crm.profiles.queries import catalogue
from crm.records import export_words as words
from crm.records.attribute_cells import attributes_for
from crm.records.export_attributes import attribute_columns, unfitting
from crm.records.export_forms import ROWS, ExportWish, export_wish, not_for_this, ticked, usual_separator
from crm.records.export_purposes import ExportPurpose, purposes_of
from crm.records.export_queries import card_record, export_for, exports_for, preview_of, sees_all
from crm.records.export_selection import described, selected_count
from crm.records.export_writing import ENCODINGS, SEPARATORS
from crm.records.exports import (
    AT_ONCE,
    KEPT,
    MEDIA_TYPES,
    house,
    produce_export,
    record_fetch,
    record_vcard,
    request_export,
)
from crm.records.vcard import vcard
from crm.web.forms import Fields
from crm.web.i18n import N_, _, word
from crm.web.render import fragment, is_fragment, page, see_other

P = Permission
SEPARATOR_NAMES = {"semicolon": N_("Semicolon (German Excel)"), "comma": N_("Comma"), "tab": N_("Tabulator")}
ENCODING_NAMES = {
    "utf-8-bom": N_("UTF-8 with a mark, for Excel"), "utf-8": N_("UTF-8"), "windows-1252": N_("Windows-1252 (older German Excel)"),
}  # fmt: skip


@get("/exports", permission=P.EXPORTS_VIEW)
async def list_exports(
    request: StaffRequest, cursor: FromQuery[str] = "", customer: FromQuery[str] = ""
) -> Response[str]:
    """Exports on record: one's own; all of them for the officer and administrators."""
    fields = Fields({"customer": customer})
    customer_id = fields.reference("customer")
    found = await exports_for(request.user, cursor=cursor or None, customer_id=customer_id)
    more = f"/exports?cursor={found.next}" + (f"&customer={customer_id}" if customer_id else "") if found.next else ""
    return await page(
        request, "records/exports.html", exports=found.items, more=more, sees_all=sees_all(request.user), customer_id=customer_id,
        **await _told(),
    )  # fmt: skip


async def _told() -> dict[str, Any]:
    known = await purpose_catalogue()
    return {
        "words": words,
        "names": words.purpose_names(purposes_of(known), known),
        "word": word,
        "size_text": size_text,
        "attribute_columns": attribute_columns(await catalogue()),
    }


@get("/exports/new", permission=P.DATA_EXPORT)
async def new_export(request: StaffRequest) -> Response[str]:
    """The form for the list with this query string, or for ticked customers (`ids`)."""
    asked = {name: value for name, value in request.query_params.items() if name not in ("ids", "cursor")}
    query = "&".join(part for part in request.url.query.split("&") if part.partition("=")[0] in asked)[:2000]
    ids = ",".join(request.query_params.getall("ids", []))
    return await _form(request, {"query": query, "ids": ids}, None, {})


@post("/exports/preview", permission=P.DATA_EXPORT, status_code=200)
async def preview(request: StaffRequest) -> Response[str]:
    """How many customers and persons go along, and who is left out; fetched anew when the purpose changes."""
    body = await request.form()
    fields = Fields({name: value for name, value in body.items() if isinstance(value, str)})
    chosen = [str(value) for value in body.getall("columns", [])]
    if is_fragment(request):
        purposes = purposes_of(await purpose_catalogue())
        attributes = await attributes_for(request.user.role) if chosen else []
        whole = request.query_params.get("whole") == "1"
        found = await _previewed(request, fields, chosen, purposes, attributes, whole=whole)
        return await fragment(request, "records/_export_preview.html", **found)
    return await _form(request, fields.values, chosen, {}, whole=True)


@post("/exports", permission=P.DATA_EXPORT, status_code=303)
async def create_export(request: StaffRequest) -> Response[Any]:
    """Put the export on record and make it: small ones at once, large ones by the worker."""
    now = datetime.now(UTC)
    body = await request.form()
    fields = Fields({name: value for name, value in body.items() if isinstance(value, str)})
    chosen = [str(value) for value in body.getall("columns", [])]
    made: list[int] = []

    async def do() -> str:
        purposes, attributes = purposes_of(await purpose_catalogue()), await attributes_for(request.user.role)
        wish = export_wish(fields, chosen, purposes, attributes)
        made.append(await ask_for(request, wish, now))
        return f"/exports/{made[0]}"

    try:
        where = await form_once(request, fields.text("submission_id"), do, now=now)
    except Invalid as error:
        return await _form(request, fields.values, chosen, error.errors, status=422)
    await make_small(made, now)
    return see_other(request, where)


async def ask_for(request: StaffRequest, wish: ExportWish, now: datetime) -> int:
    """The run of this wish. Invalid if the selection finds nobody."""
    total = await selected_count(wish.query, wish.ids, by=request.user.id, now=now)
    if not total:
        raise Invalid({"query": _("There is nobody to export. Choose other filters.")})
    return await request_export(
        wish, total=total, described=await described(wish.query, wish.ids), by=request.user.id, now=now
    )


async def make_small(runs: list[int], now: datetime) -> None:
    """What is small is ready before the answer; what is large is the worker's, and what fails here its sweep's."""
    for run_id in runs:
        await produce_export(run_id, now=now, at_most=AT_ONCE)


@get("/exports/{export_id:int}", permission=P.EXPORTS_VIEW)
async def show_export(request: StaffRequest, export_id: FromPath[int]) -> Response[str]:
    run = await export_for(request.user, export_id)
    return await page(request, "records/export.html", **_shown(request, run), **await _told())


@get("/exports/{export_id:int}/state", permission=P.EXPORTS_VIEW)
async def show_state(request: StaffRequest, export_id: FromPath[int]) -> Response[str]:
    """How far it is; the page asks for this while the file is being made."""
    run = await export_for(request.user, export_id)
    return await fragment(request, "records/_export_state.html", **_shown(request, run), **await _told())


def _shown(request: StaffRequest, run: Row) -> dict[str, Any]:
    return {
        "run": run, "state": words.state_of(run), "left_out": words.left_out_lines(msgspec.json.decode(run.left_out)),
        "is_mine": run.requested_by == request.user.id, "kept_days": KEPT.days,
    }  # fmt: skip


@get("/exports/{export_id:int}/file", permission=P.DATA_EXPORT)
async def send_file(request: StaffRequest, export_id: FromPath[int]) -> Response[Any]:
    """The file, for whoever asked for it and nobody else."""
    return await file_of(request, export_id)


async def file_of(request: StaffRequest, export_id: int) -> Stream:
    """The stored file of an export; that it was fetched is on record before it is sent."""
    run = await export_for(request.user, export_id)
    await record_fetch(run.id, by=request.user.id, now=datetime.now(UTC))
    headers = {
        "content-disposition": disposition(run.file_name), "content-length": str(run.size), "etag": f'"{run.sha256}"',
        "cache-control": "private, no-store", "content-security-policy": "default-src 'none'; sandbox",
    }  # fmt: skip
    return Stream(chunks_of(run.file_hash), media_type=MEDIA_TYPES[run.format], headers=headers)


@get("/customers/{customer_id:int}/vcard", permission=P.CUSTOMERS_VIEW)
async def customer_card(request: StaffRequest, customer_id: FromPath[int]) -> Response[bytes]:
    """One customer as vCards: the private person, or the organisation itself."""
    customer = await card_record(request.user, customer_id)
    person = customer.persons[0] if customer.kind == "person" and customer.persons else None
    text = vcard(customer, person, version=_version(request), house=await house())
    await record_vcard(customer_id, person.id if person else None, by=request.user.id, now=datetime.now(UTC))
    return _card(text, customer.name)


@get("/persons/{person_id:int}/vcard", permission=P.CUSTOMERS_VIEW)
async def person_card(request: StaffRequest, person_id: FromPath[int]) -> Response[bytes]:
    """A person at the customer they belong to first, as vCard."""
    found = await person_for(request.user, person_id)
    customer = await card_record(request.user, found.customer_id)
    person = next((one for one in customer.persons if one.id == person_id), None)
    if person is None:
        raise NotFound()
    text = vcard(customer, person, version=_version(request), house=await house())
    await record_vcard(customer.id, person_id, by=request.user.id, now=datetime.now(UTC))
    return _card(text, found.name)


def _version(request: StaffRequest) -> str:
    """Telephones and Outlook read 3.0, so that is what comes unless 4.0 is asked for."""
    return "4.0" if request.query_params.get("version", "").startswith("4") else "3.0"


def _card(text: str, name: str) -> Response[bytes]:
    headers = {"content-disposition": disposition(f"{name or 'vcard'}.vcf"), "cache-control": "private, no-store"}
    return Response(text.encode(), media_type="text/vcard; charset=utf-8", headers=headers)


async def _form(
    request: StaffRequest, values: dict[str, Any], chosen: list[str] | None, errors: dict[str, str], status: int = 200,
    *, whole: bool = False,
) -> Response[str]:  # fmt: skip
    fields = Fields(values)
    known = await purpose_catalogue()
    found = purposes_of(known)
    names = words.purpose_names(found, known)
    attributes = await attributes_for(request.user.role)
    start = {
        "query": "", "ids": "", "purpose": "", "recipient_kind": "internal", "format": "csv", "headings": "words", "rows": ROWS[0],
        "separator": usual_separator(), "encoding": "utf-8-bom", "submission_id": uuid4().hex,
    }  # fmt: skip
    return await page(
        request, "records/export_new.html", status=status, values={**start, **values}, errors=errors,
        chosen=chosen or [], purposes=[(one.code, names[one.code]) for one in found],
        groups=words.column_groups(attributes),
        formats=[(code, _(text)) for code, text in words.FORMATS.items()],
        separators=[(code, _(SEPARATOR_NAMES[code])) for code in SEPARATORS],
        encodings=[(code, _(ENCODING_NAMES[code])) for code in ENCODINGS], kept_days=KEPT.days,
        **await _previewed(request, fields, chosen or [], found, attributes, whole=whole),
    )  # fmt: skip


async def _previewed(
    request: StaffRequest, fields: Fields, chosen: list[str], purposes: list[ExportPurpose], attributes: list[Definition],
    *, whole: bool,
) -> dict[str, Any]:  # fmt: skip
    """The selection in words, and, once a purpose is chosen, who goes along, and which attributes may not."""
    now, query = datetime.now(UTC), str(fields.values.get("query", ""))[:2000].replace("\x00", "")
    ids, purpose = ticked(fields), _chosen(fields, purposes)
    by = request.user.id
    refused = unfitting(chosen, attributes, purpose) if purpose and chosen else []
    found = await preview_of(query, ids, purpose, by=by, now=now, whole=whole) if purpose else None
    return {
        "selection": await described(query, ids), "preview": found,
        "total": found.found if found else await selected_count(query, ids, by=by, now=now),
        "left_out": words.left_out_lines(found.left_out) if found else [],
        "basis": _(words.BASES[purpose.basis]) if purpose else "", "refused": not_for_this(refused) if refused else "",
    }  # fmt: skip


def _chosen(fields: Fields, known: list[ExportPurpose]) -> ExportPurpose | None:
    return next((purpose for purpose in known if purpose.code == fields.text("purpose")), None)


route_handlers = [
    list_exports, new_export, preview, create_export, show_export, show_state, send_file, customer_card, person_card,
]  # fmt: skip
