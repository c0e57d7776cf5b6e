"""A person of the demo company who wants to be erased: prepared by the data protection officer, it waits for the second person. And
a customer whose data must stay for the time being."""

from __future__ import annotations

from datetime import date, timedelta

from crm.database import execute, fetch_one
from crm.demo.world import World
from crm.privacy.desk.filing import file_request
from crm.privacy.erasure.holds import place_hold
from crm.privacy.erasure.overview import decided, erasure_for, overview_of
from crm.privacy.erasure.preparing import decide_all, hand_over, prepare_erasure
from crm.privacy.erasure.tables import Decision

_WHO = """
    SELECT a.person, c.id AS customer, p.given_name || ' ' || p.family_name AS name, e.address FROM customer c
    JOIN affiliation a ON a.customer = c.id AND a.is_self JOIN person p ON p.id = a.person
    JOIN email_address e ON e.person = p.id AND e.position = 0
    WHERE c.kind = 'person' AND c.deleted_at IS NULL AND c.restricted_at IS NULL AND p.restricted_at IS NULL AND c.status = 'former'
        AND EXISTS (SELECT FROM interaction i WHERE i.customer = c.id)
        AND NOT EXISTS (SELECT FROM ticket t WHERE t.customer = c.id AND t.status NOT IN ('solved', 'closed'))
    ORDER BY c.id DESC LIMIT 1
"""
_DISPUTE = """
    SELECT id FROM customer WHERE kind = 'organisation' AND deleted_at IS NULL AND restricted_at IS NULL ORDER BY id OFFSET 6 LIMIT 1
"""


async def write_erasures(world: World) -> None:
    """Nothing in a demo company that has nobody of that kind."""
    officer, asked_at = world.staff.ids["dpo"], world.now - timedelta(days=5, hours=3)
    who = await fetch_one(_WHO)
    await execute("ALTER SEQUENCE erasure_id_seq RESTART")  # notices name them, and the same day gives the same company
    if who is not None:
        request = await file_request(
            "erasure", source="mail", person_id=who.person, requester_name=who.name, requester_address=who.address, now=asked_at,
            text="Guten Tag,\n\nwir sind umgezogen und haben unsere Küche verkauft. Bitte löschen Sie alles, was Sie über mich "
            "gespeichert haben, und bestätigen Sie es mir.\n\nMit freundlichen Grüßen",
        )  # fmt: skip
        await execute(
            "UPDATE data_request SET status = 'in_progress', identity = 'confirmed', identity_by = $2, identity_at = $3, "
            "identity_how = 'Rückfrage an die bekannte Adresse, beantwortet.' WHERE id = $1",
            request, officer, asked_at + timedelta(days=1),
        )  # fmt: skip
        then = world.now - timedelta(days=1)
        erasure = await erasure_for(await prepare_erasure(request, by=officer, now=then))
        overview = await overview_of(erasure, then)
        await decide_all(erasure, overview, Decision.REDACT, "", by=officer, now=then)
        if not overview.more_texts:
            shown = decided(overview, Decision.REDACT)
            await hand_over(erasure, shown, shown.fingerprint, by=officer, now=then)
    disputed = await fetch_one(_DISPUTE)
    if disputed is not None:
        reason = "Streit um die Schlussrechnung; die Anwältin braucht die Unterlagen bis zum Ende des Verfahrens."
        await place_hold(
            person_id=None, customer_id=disputed.id, reason=reason, until_on=date(world.now.year + 1, 6, 30), by=officer,
            now=world.now - timedelta(days=40),
        )  # fmt: skip
