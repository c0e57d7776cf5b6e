"""Logging contact events: the interaction, its line in the history, the figures, the follow-up, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from crm.customers.data import full_name_sql
from crm.customers.figures import contact_happened
from crm.customers.merged import demand_unmerged
from crm.customers.tables import TimelineKind
from crm.customers.timeline import write_entry
from crm.database import Row, execute, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound
from crm.interactions.followed_guides import GuideSteps, keep_guide
from crm.interactions.order_naming import keep_basis, named_order
from crm.interactions.participants import add_participants
from crm.interactions.tables import Channel, Direction
from crm.reminders.actions import refuse_the_past, set_reminder
from crm.reminders.alarming import is_bad_moment
from crm.reminders.alarms import contact_judged
from crm.tickets.answering import answer_by_phone
from crm.tickets.links.tables import OrderBasis
from crm.web.i18n import N_, _, zone

PERSONAL = frozenset(
    {Channel.PHONE, Channel.EMAIL, Channel.VISIT, Channel.LETTER, Channel.CHAT, Channel.SOCIAL, Channel.FAIR}
)
"""Channels on which two people meet: only these reset the contact rhythm."""

CLOCK_SKEW = timedelta(minutes=5)
REMINDER_LENGTH = 120


@dataclass(frozen=True)
class NewInteraction:
    """What is known of a contact event when it is logged. `is_moment_of_truth` None: as the nature of touchpoint and reason
    says. `phase` empty: that of the touchpoint. Touchpoint, phase and reason are codes. `participant_ids` are further persons of
    the customer, `colleague_ids` further members of staff; `event_id` is the event (a fair) in which it was."""

    customer_id: int | None
    channel: Channel
    direction: Direction
    text: str = ""
    person_id: int | None = None
    touchpoint: str = ""
    impression: int | None = None
    is_moment_of_truth: bool | None = None
    minutes: int | None = None
    ticket_id: int | None = None
    follow_up_at: datetime | None = None
    at: datetime | None = None
    guide: GuideSteps | None = None
    phase: str = ""
    reason: str = ""
    order_id: int | None = None
    quotation_id: int | None = None
    product_id: int | None = None
    participant_ids: tuple[int, ...] = ()
    colleague_ids: tuple[int, ...] = ()
    event_id: int | None = None
    counts: bool = True
    """Whether it is a contact of people, which resets the rhythm; an automatic mail is none."""


@dataclass(frozen=True)
class Logged:
    """What logging has made. `named` is the number of the order that was connected because the text names it."""

    id: int
    customer_id: int | None
    reminder_id: int | None
    order_id: int | None = None
    named: str = ""


_FACTS = f"""
    SELECT c.id AS customer_id, c.name, p.id AS person_id, {full_name_sql("p")} AS person_name,
        t.id AS touchpoint_id, coalesce(h.id, t.phase) AS phase_id, h.id AS chosen_phase_id, r.id AS reason_id,
        coalesce(t.is_moment_of_truth, false) OR coalesce(r.is_moment_of_truth, false) AS is_moment_of_truth, k.id AS ticket_id,
        o.id AS order_id, q.id AS quotation_id, d.id AS product_id, g.id AS event_id, g.held_on AS event_from
    FROM (SELECT 1) AS always
    LEFT JOIN customer c ON c.id = $1 AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    LEFT JOIN affiliation a ON a.customer = c.id AND a.person = $2
    LEFT JOIN person p ON p.id = a.person AND p.restricted_at IS NULL
    LEFT JOIN touchpoint t ON t.code = $3
    LEFT JOIN ticket k ON k.id = $4 AND k.customer = c.id
    LEFT JOIN phase h ON h.code = $5
    LEFT JOIN contact_reason r ON r.code = $6
    LEFT JOIN customer_order o ON o.id = $7 AND o.customer = c.id
    LEFT JOIN quotation q ON q.id = $8 AND q.customer = c.id
    LEFT JOIN product d ON d.id = $9
    LEFT JOIN gathering g ON g.id = $10
"""

_FITS = {
    "person_id": ("person_id", N_("This person does not belong to the customer.")),
    "touchpoint": ("touchpoint_id", N_("There is no touchpoint with this code.")),
    "phase": ("chosen_phase_id", N_("There is no phase with this code.")),
    "reason": ("reason_id", N_("There is no reason with this code.")),
    "ticket_id": ("ticket_id", N_("This enquiry does not belong to the customer.")),
    "order_id": ("order_id", N_("This order does not belong to the customer.")),
    "quotation_id": ("quotation_id", N_("This quotation does not belong to the customer.")),
    "product_id": ("product_id", N_("There is no such product.")),
    "event_id": ("event_id", N_("There is no such event.")),
}
"""Field -> the fact that is missing if it does not fit, and what is said then."""

# The row and its audit entry in one statement: logging is what people wait for most often.
_INSERT = """
    WITH logged AS (
        INSERT INTO interaction (customer, person, channel, direction, touchpoint, phase, text, impression,
            is_moment_of_truth, minutes, at, by_user, ticket, reason,
            customer_order, quotation, product, gathering, counts)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $15, $16, $17, $18, $19, $20) RETURNING id
    ), noted AS (
        INSERT INTO audit_entry (at, actor_id, action, subject_kind, subject_id, payload_hash)
        SELECT $14, $12, 'interaction.logged', 'interaction', id, '' FROM logged
    )
    SELECT id FROM logged
"""


async def log_interaction(data: NewInteraction, *, by: int | None, now: datetime) -> Logged:
    """Log a contact event. The phase follows from the touchpoint; a call on an enquiry counts as an answer to it; without an order
    it belongs to the one that its text names, if there is but one (crm/interactions/order_naming.py). `by` is None
    for what nobody has done: an automatic mail, which has neither follow-up nor enquiry.

    Raises NotFound for a customer who isn't there (or is restricted), Invalid with every field that doesn't fit: a
    follow-up in the past, a contact in the future, an unknown touchpoint, a person of somebody else.
    """
    at = data.at or now
    async with transaction():
        facts = await fitting_facts(data, at, now)
        named = await named_order(data.customer_id, data.text) if data.order_id is None else None
        if named is not None:
            data = replace(data, order_id=named.id)
        moment = data.is_moment_of_truth
        if moment is None:
            moment = bool(facts.is_moment_of_truth)
        interaction_id = await fetch_value(
            _INSERT, data.customer_id, data.person_id, data.channel, data.direction, facts.touchpoint_id, facts.phase_id,
            data.text, data.impression, moment, data.minutes, at, by, data.ticket_id, now, facts.reason_id,
            data.order_id, data.quotation_id, data.product_id, data.event_id, data.counts,
        )  # fmt: skip
        await add_participants(
            interaction_id,
            data.customer_id,
            [each for each in data.participant_ids if each != data.person_id],
            [each for each in data.colleague_ids if each != by],
        )
        if named is not None:
            await keep_basis(interaction_id, named.id, OrderBasis.NAMED, by=None, now=now)
        if data.guide is not None:
            await keep_guide(interaction_id, data.guide)
        reminder_id = None
        if data.customer_id is None:
            await execute("INSERT INTO observation (interaction, source, link) VALUES ($1, '', '')", interaction_id)
        else:
            reminder_id = await _tell_the_customers_page(
                data, facts, interaction_id, moment=moment, at=at, by=by, now=now
            )
            if is_bad_moment(data.impression, moment):
                await contact_judged(
                    data.customer_id,
                    interaction_id,
                    impression=data.impression,
                    is_moment=moment,
                    at=at,
                    by=by,
                    now=now,
                )
    return Logged(interaction_id, data.customer_id, reminder_id, data.order_id, named.number if named else "")


async def fitting_facts(data: NewInteraction, at: datetime, now: datetime) -> Row:
    """What the ids and codes of a contact stand for. Raises NotFound and Invalid as log_interaction says."""
    facts = await fetch_one(
        _FACTS, data.customer_id, data.person_id, data.touchpoint, data.ticket_id, data.phase, data.reason,
        data.order_id, data.quotation_id, data.product_id, data.event_id,
    )  # fmt: skip
    if facts is None or (data.customer_id is not None and facts.customer_id is None):
        await demand_unmerged(data.customer_id or 0)
        raise NotFound(_("This customer does not exist, or may not be used. Your text is kept for copying."))
    errors = {
        field: _(sentence) for field, (fact, sentence) in _FITS.items() if getattr(data, field) and facts[fact] is None
    }
    if at > now + CLOCK_SKEW:
        errors["at"] = _("A contact cannot lie in the future. Set a follow-up instead.")
    if facts.event_from is not None and at.astimezone(zone.get()).date() < facts.event_from:
        errors["event_id"] = _("This event has not begun yet. Contacts are logged from its first day on.")
    if data.follow_up_at is not None:
        if data.customer_id is None:
            errors["follow_up_at"] = _("A follow-up needs a customer.")
        try:
            refuse_the_past(data.follow_up_at, now)
        except Invalid as past:
            errors.update(past.errors)
    if errors:
        raise Invalid(errors)
    return facts


def is_answer(channel: str, direction: str) -> bool:
    """Whether such a contact answers the enquiry that it belongs to: we spoke with the customer."""
    return direction == Direction.OUTBOUND and channel in PERSONAL


def line_detail(data: NewInteraction, *, moment: bool, person_name: str) -> dict[str, Any]:
    """What the history line shows beside the text; the follow-up is told by whoever sets it."""
    detail = {
        "channel": data.channel, "direction": data.direction, "touchpoint": data.touchpoint, "impression": data.impression,
        "minutes": data.minutes, "moment_of_truth": moment, "person_name": person_name, "ticket": data.ticket_id,
        "reason": data.reason, "order": data.order_id, "quotation": data.quotation_id, "product": data.product_id,
        "gathering": data.event_id,
    }  # fmt: skip
    return {key: value for key, value in detail.items() if value not in (None, "", False)}


async def _tell_the_customers_page(
    data: NewInteraction, facts: Row, interaction_id: int, *, moment: bool, at: datetime, by: int | None, now: datetime
) -> int | None:
    """The history line, the figures, the follow-up and the enquiry's clock; answers the reminder's id."""
    assert data.customer_id is not None
    detail = line_detail(data, moment=moment, person_name=facts.person_name or "") | (
        {"follow_up_at": data.follow_up_at} if data.follow_up_at else {}
    )
    await write_entry(
        data.customer_id, TimelineKind.INTERACTION, interaction_id, at=at, title="", body=data.text, by=by,
        person_id=data.person_id, detail=detail,
    )  # fmt: skip
    if data.channel in PERSONAL and data.counts:
        await contact_happened(data.customer_id, at)
    if by is None:
        return None
    if data.ticket_id is not None and is_answer(data.channel, data.direction):
        await answer_by_phone(data.ticket_id, at=at, text=data.text, by=by, now=now)
    if data.follow_up_at is None:
        return None
    first_line = data.text.strip().partition("\n")[0][:REMINDER_LENGTH]
    return await set_reminder(
        user_id=by, customer_id=data.customer_id, text=first_line, due_at=data.follow_up_at, by=by, now=now,
        interaction_id=interaction_id,
    )  # fmt: skip
