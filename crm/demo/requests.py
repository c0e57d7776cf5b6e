"""Requests of data subjects as a small company has them: one due soon, one that has just come, one answered with recipients to be told."""

from __future__ import annotations

from datetime import timedelta

from crm.database import Row, execute, fetch
from crm.demo.world import World
from crm.privacy.desk.answering import Answer, send_answer
from crm.privacy.desk.filing import file_request
from crm.privacy.desk.handling import settle_identity
from crm.privacy.desk.notices import add_recipient, gather_recipients, notices_of, tell_recipient
from crm.privacy.desk.tables import Identity

_ACCESS = (
    "Guten Tag,\n\nich habe vor einiger Zeit eine Küche bei Ihnen planen lassen. Bitte teilen Sie mir mit, welche Daten Sie über mich "
    "gespeichert haben, woher sie stammen und an wen Sie sie weitergegeben haben.\n\nMit freundlichen Grüßen"
)
_OBJECTION = "Ich möchte keine Werbung mehr von Ihnen bekommen, weder per E-Mail noch per Post."
_RECTIFICATION = (
    "Guten Tag,\n\nauf Ihren Briefen steht noch meine alte Hausnummer. Bitte berichtigen Sie das, auch bei allen, die meine Anschrift von "
    "Ihnen haben."
)
_RECEIPT = (
    "Guten Tag,\n\nvielen Dank für Ihre Nachricht. Wir behandeln sie als Anfrage nach Art. 15 DSGVO und antworten Ihnen innerhalb eines "
    "Monats."
)
_CORRECTED = "Guten Tag,\n\nwir haben Ihre Anschrift berichtigt (Art. 16 DSGVO). Das teilen wir allen mit, die sie von uns haben."
_WHO = """
    SELECT c.id AS customer, p.id AS person, trim(concat_ws(' ', p.given_name, p.family_name)) AS name,
        (SELECT e.address FROM email_address e WHERE e.person = p.id ORDER BY e.position, e.id LIMIT 1) AS address
    FROM customer c JOIN affiliation a ON a.customer = c.id AND a.is_self JOIN person p ON p.id = a.person
    WHERE c.deleted_at IS NULL AND c.restricted_at IS NULL AND p.restricted_at IS NULL AND p.language = 'de'
        AND EXISTS (SELECT FROM email_address e WHERE e.person = p.id)
    ORDER BY c.id LIMIT 3
"""


async def write_requests(world: World) -> None:
    """Three of them, and what the officer has done so far."""
    who = await fetch(_WHO)
    if len(who) < 3:
        return
    await execute(
        "ALTER SEQUENCE data_request_id_seq RESTART"
    )  # histories name them, and the same day gives the same company
    await _due_soon(world, who[0])
    await _answered(world, who[1])
    await _just_come(world, who[2])
    await _settle(world)


async def _due_soon(world: World, whose: Row) -> None:
    officer, came = world.staff.ids["dpo"], world.now - timedelta(days=25, hours=9)
    request = await file_request(
        "access",
        source="mail",
        text=_ACCESS,
        person_id=whose.person,
        requester_name=whose.name,
        requester_address=whose.address,
        now=came,
    )
    receipt = Answer("receipt", "Ihre Anfrage: Auskunft", _RECEIPT, whose.address)
    await send_answer(request, receipt, by=officer, now=came + timedelta(hours=20))
    how = "Die Anfrage kam von der Adresse, die wir seit dem ersten Auftrag kennen."
    await settle_identity(request, Identity.CONFIRMED, how, by=officer, now=came + timedelta(hours=21))


async def _answered(world: World, whose: Row) -> None:
    officer, came = world.staff.ids["dpo"], world.now - timedelta(days=16, hours=7)
    request = await file_request(
        "rectification", source="hand", text=_RECTIFICATION, person_id=whose.person, requester_name=whose.name,
        requester_address=whose.address, by=world.staff.ids["agent"], now=came,
    )  # fmt: skip
    later = came + timedelta(days=2)
    await settle_identity(request, Identity.CONFIRMED, "Rückruf unter der bekannten Nummer", by=officer, now=later)
    await gather_recipients(request)
    await add_recipient(request, "Spedition Hartwig, Berlin", by=officer, now=later)
    told = (await notices_of(request))[0]
    await tell_recipient(request, told.id, "mail", "", later.date(), by=officer, now=later, today=later.date())
    answer = Answer("answer", "Ihre Anfrage: Berichtigung", _CORRECTED, whose.address, settles=True)
    await send_answer(request, answer, by=officer, now=later + timedelta(hours=1))


async def _just_come(world: World, whose: Row) -> None:
    await file_request(
        "objection", source="page", text=_OBJECTION, person_id=whose.person, requester_name=whose.name, requester_address=whose.address,
        against="advertising", now=world.now - timedelta(hours=14),
    )  # fmt: skip


async def _settle(world: World) -> None:
    """The mails have left, and the officer has read of all but the newest."""
    await execute(
        "UPDATE outbox_message SET status = 'sent', attempts = 1, sent_at = created_at + interval '20 seconds', next_attempt_at = NULL "
        "WHERE purpose IN ('privacy', 'account') AND status = 'queued' AND created_at <= $1",
        world.now,
    )
    await execute(
        "UPDATE notification SET read_at = at + interval '1 hour', mail_at = NULL WHERE kind = 'request_filed' AND at < $1",
        world.now - timedelta(days=2),
    )
