"""A follow-up that is done with a result: what came of it, and the contact with the customer that it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.customers.figures import lock_figures
from crm.database import transaction
from crm.errors import Invalid
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.tables import Channel, Direction
from crm.reminders.actions import settle
from crm.reminders.queries import reminder_for
from crm.web.formats import clock, day
from crm.web.i18n import _


@dataclass(frozen=True)
class Result:
    """What came of a follow-up. Without a channel there was no contact with the customer. `is_last` ends a series."""

    text: str
    channel: Channel | None = None
    direction: Direction = Direction.OUTBOUND
    is_last: bool = False


@dataclass(frozen=True)
class Settled:
    """What settling has made: the logged contact, and the next follow-up of the series."""

    interaction_id: int | None
    next_id: int | None


async def complete_with_result(reminder_id: int, result: Result, *, by: int, now: datetime) -> Settled:
    """Done, and this came of it. If it is about a customer and there was a contact, that is logged in the same transaction
    and counts for the contact rhythm as any personal contact does.

    Raises NotFound for anybody else's follow-up; Invalid if it is done already, or if its customer may not be used: the
    text is kept then.
    """
    async with transaction():
        reminder = await reminder_for(by, reminder_id, now)
        if reminder.customer is not None:
            # in the order of whoever has a contact: it withdraws what it makes needless (crm/piccolo_migrations)
            await lock_figures([reminder.customer])
        reminder = await reminder_for(by, reminder_id, now, lock=True)
        if reminder.done_at is not None:
            when = {"day": day(reminder.done_at, now), "time": clock(reminder.done_at)}
            sentence = (
                _("This follow-up was done already on %(day)s at %(time)s. Your text is kept for copying.") % when
            )
            raise Invalid({"result": sentence})
        interaction_id = None
        if reminder.customer is not None and result.channel is not None:
            if reminder.customer_name is None:
                raise Invalid(
                    {"result": _("This customer does not exist, or may not be used. Your text is kept for copying.")}
                )
            contact = NewInteraction(reminder.customer, result.channel, result.direction, text=result.text)
            interaction_id = (await log_interaction(contact, by=by, now=now)).id
        next_id = await settle(
            reminder, by=by, now=now, result=result.text, interaction_id=interaction_id, is_last=result.is_last
        )
    return Settled(interaction_id, next_id)
