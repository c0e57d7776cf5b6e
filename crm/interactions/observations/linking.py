"""Whose an observation was: linking it to a customer, taking the link back, and making an enquiry of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from crm.accounts.audit import record
from crm.customers.actions import create_customer
from crm.customers.data import NewCustomer
from crm.customers.figures import lock_figures
from crm.customers.tables import TimelineKind
from crm.customers.timeline import write_entry
from crm.database import Row, execute, transaction
from crm.errors import RuleBroken
from crm.interactions.actions import PERSONAL, NewInteraction, fitting_facts, line_detail
from crm.interactions.correcting import locked_contact
from crm.interactions.observations.observing import locked_observation
from crm.interactions.order_naming import keep_basis, named_order
from crm.interactions.participants import forget_persons_of
from crm.interactions.rhythm import contact_moved
from crm.interactions.tables import Channel, Direction
from crm.reminders.alarms import observation_judged, withdraw_alarm
from crm.reminders.tables import AlarmKind
from crm.tickets.links.tables import OrderBasis
from crm.tickets.opening import NewTicket, open_ticket
from crm.web.i18n import _


async def link_observation(
    interaction_id: int, customer_id: int, person_id: int | None = None, *, by: int, now: datetime
) -> None:
    """It is this customer's: it stands in their history from now on, at its own time. A second click changes nothing.

    Raises NotFound for a customer who isn't there (or is restricted), Invalid for a person of somebody else, RuleBroken if it is
    linked to another customer: that is taken back first, so that nobody moves it unseen."""
    async with transaction():
        await lock_figures([customer_id])
        row = await locked_contact(interaction_id)
        if row.customer == customer_id:
            return
        if row.customer is not None:
            raise RuleBroken(_("This observation is linked to another customer already. Take that link back first."))
        await _link(row, customer_id, person_id, by=by, now=now)


async def _link(row: Row, customer_id: int, person_id: int | None, *, by: int, now: datetime) -> None:
    observation = await locked_observation(row.id)
    contact = NewInteraction(
        customer_id=customer_id, person_id=person_id, channel=Channel(row.channel), direction=Direction(row.direction),
        text=row.text, touchpoint=row.touchpoint, impression=row.impression, minutes=row.minutes,
    )  # fmt: skip
    named = await named_order(customer_id, row.text, row.id)
    if named is not None:
        contact = replace(contact, order_id=named.id)
    facts = await fitting_facts(contact, row.at, now)
    await execute(
        "UPDATE interaction SET customer = $2, person = $3, customer_order = $4 WHERE id = $1",
        row.id, customer_id, person_id, contact.order_id,
    )  # fmt: skip
    if named is not None:
        await keep_basis(row.id, named.id, OrderBasis.NAMED, by=None, now=now)
    await execute("UPDATE observation SET linked_at = $2, linked_by = $3 WHERE interaction = $1", row.id, now, by)
    seen = {"source": observation.source, "rating": observation.rating}
    detail = line_detail(contact, moment=row.moment_of_truth, person_name=facts.person_name or "")
    await write_entry(
        customer_id, TimelineKind.INTERACTION, row.id, at=row.at, title="", body=row.text, by=row.by_user, person_id=person_id,
        detail=detail | {name: value for name, value in seen.items() if value},
    )  # fmt: skip
    if row.channel in PERSONAL:
        await contact_moved(customer_id, None, row.at)
    await observation_judged(
        customer_id, row.id, impression=row.impression, is_moment=row.moment_of_truth, rating=observation.rating, at=row.at, by=by,
        now=now,
    )  # fmt: skip
    await record(
        "observation.linked", "interaction", row.id, by=by, now=now, fields={"customer_id": [None, customer_id]}
    )


async def unlink_observation(interaction_id: int, *, by: int, now: datetime) -> None:
    """It was not theirs after all: it leaves their history, and is open again. An enquiry that was made of it stays with the
    customer. A second click changes nothing."""
    async with transaction():
        row = await locked_contact(interaction_id)
        await locked_observation(interaction_id)
        if row.customer is None:
            return
        await execute(
            "UPDATE interaction SET customer = NULL, person = NULL, ticket = NULL, customer_order = NULL, quotation = NULL "
            "WHERE id = $1",
            interaction_id,
        )
        await execute(
            "UPDATE observation SET linked_at = NULL, linked_by = NULL WHERE interaction = $1", interaction_id
        )
        await forget_persons_of(interaction_id)
        await execute(
            "DELETE FROM timeline_entry WHERE kind = $1 AND ref_id = $2",
            TimelineKind.INTERACTION.value, interaction_id,
        )  # fmt: skip
        await withdraw_alarm(AlarmKind.BAD_MOMENT, interaction_id, now=now)
        await contact_moved(row.customer, row.at if row.channel in PERSONAL else None, None)
        fields = {"customer_id": [row.customer, None]}
        await record("observation.unlinked", "interaction", interaction_id, by=by, now=now, fields=fields)


@dataclass(frozen=True)
class Concern:
    """The enquiry that an observation becomes: of a customer who is there, or of a new one. The customer's id in `ticket` counts
    unless `new_customer` is given."""

    ticket: NewTicket
    new_customer: NewCustomer | None = None


async def open_enquiry_from(interaction_id: int, concern: Concern, *, by: int, now: datetime) -> int:
    """Make an enquiry of an observation, and answer its id: both belong to the customer, and point at each other.

    Raises RuleBroken if there is an enquiry already, or the observation is another customer's; NotFound and Invalid as opening
    an enquiry and creating a customer do. Then nothing was written."""
    async with transaction():
        if concern.new_customer is not None:
            created = await create_customer(concern.new_customer, by=by, now=now)
            concern = Concern(replace(concern.ticket, customer_id=created.customer_id, person_id=created.person_id))
        ticket = concern.ticket
        await lock_figures([ticket.customer_id])
        row = await locked_contact(interaction_id)
        if row.ticket_id is not None:
            raise RuleBroken(_("An enquiry was made of this observation already: #%(n)s.") % {"n": row.ticket_id})
        if row.customer not in (None, ticket.customer_id):
            raise RuleBroken(_("This observation is linked to another customer already. Take that link back first."))
        if row.customer is None:
            await _link(row, ticket.customer_id, ticket.person_id, by=by, now=now)
        opened = await open_ticket(ticket, by=by, now=now)
        await execute("UPDATE interaction SET ticket = $2 WHERE id = $1", interaction_id, opened.id)
        await execute(
            "UPDATE timeline_entry SET detail = detail || jsonb_build_object('ticket', $3::bigint) WHERE kind = $1 AND ref_id = $2",
            TimelineKind.INTERACTION.value, interaction_id, opened.id,
        )  # fmt: skip
        await record(
            "observation.became_enquiry", "interaction", interaction_id, by=by, now=now, fields={"ticket": opened.id}
        )
        return opened.id
