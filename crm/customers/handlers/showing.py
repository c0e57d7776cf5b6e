"""The page of a customer: what to know before one speaks with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.consents.may_contact import may_contact
from crm.customers.current_phase import phase_of
from crm.customers.document_queries import card_of
from crm.customers.handlers import documents
from crm.customers.handlers.history import PAGE, history_context, history_fragment, without_order
from crm.customers.history import history_of
from crm.customers.history_filters import history_wanted
from crm.customers.identifiers import shown_iban
from crm.customers.orders.card import orders_card, quotations_card
from crm.customers.portrait import Named, portrait_of
from crm.customers.queries import customer_for, journey_of, local_level, sees_restricted
from crm.customers.salutation import salutation
from crm.customers.words import (
    KIND_WORDS,
    LANGUAGES,
    LOSS_REASONS,
    ORIGINS,
    field_label,
    inline_label,
)
from crm.database import Row, decoded
from crm.interactions.order_naming import offers_in
from crm.reminders.alarms import alarms_card
from crm.reminders.causes import caused_text
from crm.service_levels.promises import days_overdue
from crm.touchpoints.describing import journey_description
from crm.touchpoints.strip import strip_of
from crm.web.formats import local
from crm.web.i18n import _, language, word, zone
from crm.web.render import is_fragment, page


@get("/customers/{customer_id:int}", permission=Permission.CUSTOMERS_VIEW)
async def show_customer(request: StaffRequest, customer_id: FromPath[int]) -> Response[str]:
    """What to know before one speaks with this customer. For htmx the history alone, or its next lines."""
    now = datetime.now(UTC)
    customer = await customer_for(request.user, customer_id)
    it = portrait_of(customer, local(now).date())
    path = f"/customers/{customer_id}"
    wanted, cursor = history_wanted(request.query_params, now, zone.get()), request.query_params.get("cursor")
    history = await history_of(
        customer_id, wanted=wanted, before=cursor or None, limit=PAGE, restricted=sees_restricted(request.user)
    )
    persons = [(person["id"], person["name"]) for person in it.persons]
    offers = await offers_in(without_order(history)) if customer.orders else {}
    context: dict[str, Any] = {"customer": customer, **history_context(path, wanted, history, persons, offers=offers)}
    if is_fragment(request):
        return await history_fragment(request, context)
    drawing = strip_of(await journey_of(customer_id))
    phase = phase_of(customer.status, it.depth, customer.last_order_on)
    return await page(
        request, "customers/show.html", **context, level=local_level(customer), it=it, persons=it.persons,
        phase=phase.get(f"name_{'de' if language.get() == 'de' else 'en'}", ""), lost=_lost(it.depth["lost"]), origins=ORIGINS,
        languages=LANGUAGES, inline_label=inline_label, kind_words=KIND_WORDS, shown_iban=shown_iban,
        can_edit=request.user.may(Permission.CUSTOMERS_EDIT),
        salutation_of=_salutation_of, personal=[part for part in it.parts if part.is_personal], field_label=field_label,
        orders=orders_card(customer, now), quotations=quotations_card(customer, now), reminder=_reminder(customer, now), drawing=drawing,
        drawing_text=journey_description(drawing, _, language=language.get()) if drawing else "",
        permissions=await may_contact(customer_id, now), overdue_days=days_overdue(customer.contact_due_at, now),
        is_overdue=customer.contact_due_at is not None and customer.contact_due_at < now,
        alarms=alarms_card(customer.name, customer.alarms), documents=card_of(customer), told="", **documents.upload_context(request),
    )  # fmt: skip


def _lost(lost: dict[str, Any] | None) -> str:
    """Why a former customer was lost, in one line."""
    if lost is None:
        return ""
    touchpoint = lost["last_touchpoint"] if language.get() == "de" else lost["last_touchpoint_en"]
    words = [word(LOSS_REASONS, lost["reason_code"]) if lost["reason_code"] else "", lost["reason"]]
    if touchpoint:
        words.append(_("last touchpoint: %(name)s") % {"name": touchpoint})
    return " · ".join(filter(None, words))


def _salutation_of(person: dict[str, Any]) -> str:
    return salutation(Named.of(person), person["language"])


def _reminder(customer: Row, now: datetime) -> dict[str, Any] | None:
    found: dict[str, Any] | None = decoded(customer.next_reminder)
    if found is None:
        return None
    if found["cause"]:  # nobody has written it, so it is nobody's own
        found["text"] = caused_text(found["cause"], found["cause_detail"], customer.name, now)
    return {**found, "due_at": datetime.fromisoformat(found["due_at"])}


route_handlers = [show_customer]
