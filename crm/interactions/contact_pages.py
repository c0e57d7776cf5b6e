"""The page of one contact, its correction and its deletion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.audit import entries_about
from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.document_queries import papers_of, says_otherwise
from crm.customers.handlers.documents import SHOWN_AS_PICTURE
from crm.customers.queries import sees_restricted
from crm.customers.taking_part import NOBODY, TakingPart, taking_part
from crm.customers.words import CHANNELS, CONTACT_DELETIONS, contact_title
from crm.database import Row
from crm.errors import Conflict, Invalid
from crm.files.words import size_text, type_name
from crm.improvement.handlers import words as feedback_words
from crm.improvement.queries import feedback_about
from crm.interactions.belonging import read_belonging, told_at_the_field
from crm.interactions.contact import contact_for, correction_form
from crm.interactions.correcting import correct_interaction, demand_change, may_change
from crm.interactions.deleting import delete_interaction
from crm.interactions.followed_guides import followed_in
from crm.interactions.forms import body_of, parse_correction, typed
from crm.interactions.mails.queries import mail_behind
from crm.interactions.observations.listing import observation_of
from crm.interactions.observations.pages import DONE as OBSERVATION_DONE
from crm.interactions.observations.words import shown_source
from crm.interactions.offering import offered
from crm.interactions.order_naming import orders_about
from crm.interactions.papers import delete_with_documents, may_attach
from crm.interactions.participants import names_of
from crm.interactions.queries import choices
from crm.interactions.tables import Channel
from crm.interactions.versions import versions_of
from crm.interactions.words import LEFT_OUT
from crm.mail.words import DELIVERY, TONES
from crm.tickets.words import ORDER_BASES
from crm.web.forms import Fields
from crm.web.i18n import N_, _, word
from crm.web.render import flashes, page, see_other

DONE = {
    "corrected": N_("The contact is corrected. The earlier version is kept below."),
    "attached": N_("The documents are attached."),
    "mailed": N_("The mail is on its way, and stands in the history."),
    "mailed_before": N_("This very mail was written today already. It goes out once."),
    "order_connected": N_("The contact belongs to the order."),
    "order_parted": N_("The contact does not belong to that order. Nobody will be asked again."),
    "again": N_("The mail is tried again."),
    **OBSERVATION_DONE,
}


@dataclass(frozen=True, slots=True)
class EarlierVersion:
    """A version as the page shows it; `title` is empty if what it said is gone."""

    version: int
    at: datetime
    by_name: str
    title: str
    person_name: str
    touchpoint_name: str
    fields: Mapping[str, Any]
    reason_name: str = ""
    others: TakingPart = NOBODY

    @property
    def was_at(self) -> datetime:
        return datetime.fromisoformat(self.fields["at"])


def _version(row: Row, names: Mapping[tuple[str, int], str]) -> EarlierVersion:
    fields = msgspec.json.decode(row.fields)
    others = [
        tuple(names[field, each] for each in fields.get(field) or () if (field, each) in names)
        for field in ("participant_ids", "colleague_ids")
    ]
    title = contact_title(fields["channel"], fields["direction"], row.person_name or "") if fields else ""
    return EarlierVersion(
        row.version,
        row.at,
        row.by_name or "",
        title,
        row.person_name or "",
        row.touchpoint_name or "",
        fields,
        row.reason_name or "",
        TakingPart(*others),
    )


async def _versions(request: StaffRequest, interaction_id: int) -> list[EarlierVersion]:
    rows = await versions_of(interaction_id, restricted=sees_restricted(request.user))
    said = [msgspec.json.decode(row.fields) for row in rows]
    persons, colleagues = (
        [each for fields in said for each in fields.get(field) or ()] for field in ("participant_ids", "colleague_ids")
    )
    names = await names_of(persons, colleagues) if persons or colleagues else {}
    return [_version(row, names) for row in rows]


def _title(contact: Row) -> str:
    return contact_title(contact.channel, contact.direction, contact.person_name or contact.customer_name or "")


@get("/interactions/{interaction_id:int}", permission=Permission.INTERACTIONS_VIEW)
async def show_contact(request: StaffRequest, interaction_id: FromPath[int]) -> Response[str]:
    """What was logged, by whom, what it belongs to, and how it read before."""
    return await contact_page(request, await contact_for(request.user, interaction_id))


async def contact_page(request: StaffRequest, contact: Row, upload_errors: list[str] | None = None) -> Response[str]:
    """The page of a contact; with errors after files were refused."""
    interaction_id = contact.id
    versions = await _versions(request, interaction_id) if contact.version > 1 else []
    observation = await observation_of(interaction_id) if contact.is_observation else None
    title = shown_source(contact.channel, observation.source) if observation else _title(contact)
    return await page(
        request, "interactions/show.html", status=422 if upload_errors else 200, contact=contact, title=title, versions=versions,
        others=taking_part(contact.taking_part), documents=await papers_of(request.user, interaction_id),
        may_attach=may_attach(request.user) and contact.customer is not None, upload_errors=upload_errors or [],
        type_name=type_name, size_text=size_text, says_otherwise=says_otherwise, shown_as_picture=SHOWN_AS_PICTURE,
        largest=size_text(request.app.state.settings.largest_document),
        mail=await mail_behind(interaction_id) if contact.channel == Channel.EMAIL else None, delivery=DELIVERY, tones=TONES,
        observation=observation,
        may_change=may_change(request.user, contact.by_user), channels=CHANNELS, word=word, flashes=flashes(request, DONE),
        feedback=await feedback_about(interaction_id=interaction_id), feedback_of={"interaction_id": interaction_id},
        **feedback_words(request),
        followed=await followed_in(interaction_id) if contact.has_guide else None, reasons=LEFT_OUT,
        orders=await orders_about(contact), bases=ORDER_BASES,
    )  # fmt: skip


@get("/interactions/{interaction_id:int}/edit", permission=Permission.INTERACTIONS_LOG)
async def edit_contact(request: StaffRequest, interaction_id: FromPath[int]) -> Response[str]:
    contact = await contact_for(request.user, interaction_id)
    demand_change(request.user, contact.by_user)
    return await _edit_page(request, contact, typed(contact), {})


@post("/interactions/{interaction_id:int}", permission=Permission.INTERACTIONS_LOG, status_code=303)
async def save_contact(request: StaffRequest, interaction_id: FromPath[int]) -> Response[Any]:
    """Save the correction; if somebody else saved meanwhile, show both versions."""
    contact = await contact_for(request.user, interaction_id)
    demand_change(request.user, contact.by_user)
    values = await body_of(request)
    try:
        changes, version = parse_correction(values, at=contact.at)
        saved = await correct_interaction(interaction_id, changes, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _edit_page(request, contact, Fields(values).values, error.errors)
    except Conflict as conflict:
        return await _conflict_page(request, contact, conflict, Fields(values).values)
    where = f"/interactions/{interaction_id}"
    return see_other(request, where if saved == contact.version else f"{where}?done=corrected")


async def _edit_page(
    request: StaffRequest, contact: Row, values: Mapping[str, Any], errors: dict[str, str]
) -> Response[str]:
    offers = offered(await choices(request.user.id), values)
    if contact.touchpoint and contact.touchpoint not in {
        code for _phase, each in offers.touchpoints for code, _n in each
    }:
        offers.touchpoints.append((_("no longer in use"), [(contact.touchpoint, contact.touchpoint_name)]))
    if contact.reason and contact.reason not in {code for code, _n in offers.reasons}:
        offers.reasons.append((contact.reason, contact.reason_name))
    return await page(
        request, "interactions/edit.html", status=422 if errors else 200, contact=contact, title=_title(contact), values=values,
        form=await correction_form(contact, read_belonging(Fields(values))), offered=offers,
        errors=told_at_the_field(errors), channels=CHANNELS,
        belonged_to=values.get("belonged_to", values.get("belongs_to", "")),
    )  # fmt: skip


async def _conflict_page(
    request: StaffRequest, contact: Row, conflict: Conflict, values: Mapping[str, Any]
) -> Response[str]:
    last = await entries_about("interaction", contact.id, limit=1)
    return await page(
        request, "interactions/conflict.html", status=409, contact=contact, title=_title(contact),
        action=f"/interactions/{contact.id}", show_url=f"/interactions/{contact.id}",
        rows=[(each.label, each.mine, each.theirs) for each in conflict.differences],
        fields={**values, "version": conflict.version},
        changed_by=last[0].actor if last else None, changed_at=last[0].at if last else None,
    )  # fmt: skip


@get("/interactions/{interaction_id:int}/deletion", permission=Permission.INTERACTIONS_LOG)
async def deletion_form(request: StaffRequest, interaction_id: FromPath[int]) -> Response[str]:
    contact = await contact_for(request.user, interaction_id)
    demand_change(request.user, contact.by_user)
    return await _deletion_page(request, contact, {}, {})


@post("/interactions/{interaction_id:int}/deletion", permission=Permission.INTERACTIONS_LOG, status_code=303)
async def delete_contact(request: StaffRequest, interaction_id: FromPath[int]) -> Response[Any]:
    """Delete it for good; the history says that it was there."""
    contact = await contact_for(request.user, interaction_id)
    demand_change(request.user, contact.by_user)
    fields = Fields(dict(await request.form()))
    try:
        delete = (
            delete_with_documents if fields.flag("with_documents") and may_attach(request.user) else delete_interaction
        )
        customer_id = await delete(
            interaction_id, fields.text("deletion"), fields.text("reason", limit=10_000), by=request.user.id,
            now=datetime.now(UTC),
        )  # fmt: skip
    except Invalid as error:
        return await _deletion_page(request, contact, fields.values, error.errors)
    where = f"/customers/{customer_id}#interaction-{interaction_id}" if customer_id else "/interactions"
    return see_other(request, where)


async def _deletion_page(
    request: StaffRequest, contact: Row, values: Mapping[str, Any], errors: dict[str, str]
) -> Response[str]:
    return await page(
        request, "interactions/deletion.html", status=422 if errors else 200, contact=contact, title=_title(contact),
        values=values, errors=errors, documents=await papers_of(request.user, contact.id),
        may_attach=may_attach(request.user), reasons=[(code, word(CONTACT_DELETIONS, code)) for code in CONTACT_DELETIONS],
    )  # fmt: skip


route_handlers = [show_contact, edit_contact, save_contact, deletion_form, delete_contact]
