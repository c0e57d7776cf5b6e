"""A customer of the demo company who wants to know what is stored about them: their request, a text that is about a neighbour and
is blacked out, and the copy, which the worker makes."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.database import execute, fetch_one
from crm.demo.world import World
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.tables import Channel, Direction
from crm.privacy.access.handing import black_out
from crm.privacy.access.producing import request_copy
from crm.privacy.access.tables import BlackedKind
from crm.privacy.desk.filing import file_request

_WHO = """
    SELECT p.id AS person, c.id AS customer, c.name, e.address FROM customer c JOIN affiliation a ON a.customer = c.id AND a.is_self
    JOIN person p ON p.id = a.person AND p.restricted_at IS NULL JOIN email_address e ON e.person = p.id
    WHERE c.kind = 'person' AND c.restricted_at IS NULL AND c.deleted_at IS NULL AND c.language = 'de'
        AND EXISTS (SELECT FROM ticket k WHERE k.customer = c.id) AND EXISTS (SELECT FROM customer_order o WHERE o.customer = c.id)
    ORDER BY (SELECT count(*) FROM interaction i WHERE i.customer = c.id) DESC, c.id LIMIT 1
"""
_ASKS = (
    "Guten Tag, bitte schicken Sie mir eine Auskunft nach Art. 15 DSGVO: Welche Daten haben Sie über mich gespeichert, woher haben "
    "Sie sie, und wer hat sie bekommen? Ich hätte gern auch eine Kopie."
)
_HEARD = (
    "Fragt nach dem Liefertermin. Erzählt nebenbei, dass die Nachbarin, Frau Sandvoß, ihre Küche nicht bezahlen kann und bei uns "
    "gekündigt hat."
)


async def write_access(world: World) -> None:
    """In a company too small for such a customer there is none."""
    end, officer = world.days.end, world.staff.ids["dpo"]
    who = await fetch_one(_WHO)
    if who is None:
        return
    heard = NewInteraction(
        who.customer, Channel.PHONE, Direction.INBOUND, _HEARD, who.person, at=end - timedelta(days=20, hours=3)
    )
    contact = await log_interaction(heard, by=world.staff.ids["sales"], now=end - timedelta(days=20, hours=3))
    asked = end - timedelta(days=4)
    request = await file_request(
        "access", source="mail", text=_ASKS, person_id=who.person, requester_name=who.name, requester_address=who.address, by=None,
        now=asked,
    )  # fmt: skip
    await _confirm(request, officer, asked + timedelta(days=1))
    await black_out(
        request, BlackedKind.TEXT, f"interaction.text {contact.id}", "Finanzielle Lage einer anderen Person", by=officer,
        now=end - timedelta(hours=20),
    )  # fmt: skip
    await request_copy(request, "de", by=officer, now=end - timedelta(hours=19))


async def _confirm(request: int, officer: int, at: datetime) -> None:
    await execute(
        "UPDATE data_request SET status = 'in_progress', identity = 'confirmed', identity_how = 'Rückfrage an die bekannte Adresse', "
        "identity_by = $2, identity_at = $3 WHERE id = $1",
        request, officer, at,
    )  # fmt: skip
