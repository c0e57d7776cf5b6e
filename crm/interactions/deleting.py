"""Deleting a logged contact: it leaves history, figures and journey; that, by whom, when and why stays to be seen."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.customers.tables import TimelineKind
from crm.customers.timeline import rewrite_entry
from crm.database import execute, transaction
from crm.errors import Invalid
from crm.interactions.actions import PERSONAL, is_answer
from crm.interactions.correcting import locked_contact
from crm.interactions.rhythm import contact_moved
from crm.interactions.tables import ContactDeletion
from crm.interactions.versions import empty_versions
from crm.reminders.alarms import withdraw_alarm
from crm.reminders.tables import AlarmKind
from crm.tickets.answering import correct_spoken_answer
from crm.web.i18n import _

REASON_LIMIT = 500


async def delete_interaction(interaction_id: int, reason: str, text: str = "", *, by: int, now: datetime) -> int | None:
    """Delete a contact for good, with its earlier versions, and answer its customer. `reason` is a code of ContactDeletion;
    `text` says more, and must for any other reason. The line in the history stays, without what was said: who deleted it, when
    and why. A follow-up agreed in it stays: somebody waits for it.

    Raises Invalid without a reason, NotFound for one that is not there (any more)."""
    text = text.strip()
    demand_reason(reason, text)
    async with transaction():
        row = await locked_contact(interaction_id)
        await empty_versions([interaction_id])
        await execute("DELETE FROM interaction WHERE id = $1", interaction_id)
        await execute("UPDATE reminder SET result = '' WHERE result_interaction_id = $1", interaction_id)
        if row.customer is not None:
            await rewrite_entry(
                TimelineKind.INTERACTION, interaction_id, at=row.at, body="", person_id=None, by=by,
                detail={"deleted": now, "deletion": reason, "reason": text},
            )  # fmt: skip
            await contact_moved(row.customer, row.at if row.channel in PERSONAL and row.counts else None, None)
            if row.ticket_id is not None and is_answer(row.channel, row.direction):
                await correct_spoken_answer(row.ticket_id, at=row.at, by=row.by_user, before=row.text, text="")
        await withdraw_alarm(AlarmKind.BAD_MOMENT, interaction_id, now=now)
        fields = {"deletion": reason, "reason": text, "channel": row.channel, "at": row.at, "customer_id": row.customer}
        await record(
            "interaction.deleted", "interaction", interaction_id, by=by, now=now,
            fields={name: value for name, value in fields.items() if value},
        )  # fmt: skip
        return int(row.customer) if row.customer is not None else None


def demand_reason(reason: str, text: str) -> None:
    """Raises Invalid where nobody could understand later why it was deleted."""
    errors = {}
    if reason not in set(ContactDeletion):
        errors["deletion"] = _("Please say why. Whoever reads the history later will need it.")
    elif reason == ContactDeletion.OTHER and not text:
        errors["reason"] = _("Please say why. Whoever reads the history later will need it.")
    if len(text) > REASON_LIMIT:
        sentence = _("That is %(n)s characters; at most %(limit)s fit.")
        errors["reason"] = sentence % {"n": len(text), "limit": REASON_LIMIT}
    if errors:
        raise Invalid(errors)
