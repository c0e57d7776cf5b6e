"""A fair of three weeks ago: a dozen customers at the stand, some with company, and the drawing that one of them got there."""

from __future__ import annotations

from datetime import timedelta

from crm.customers.documents import NewDocument, attach_document
from crm.database import execute, fetch, fetch_value
from crm.demo.documents import pdf
from crm.demo.world import World
from crm.interactions.actions import NewInteraction
from crm.interactions.events.holding import EventData, create_event, log_talk
from crm.interactions.tables import Channel, Direction

NAME = "Baumesse Nürnberg"
TALKS = (
    # what was said, impression, minutes
    ("Will die Lehrlingswohnungen neu ausstatten, sechs kleine Küchen. Bittet um einen Termin vor Ort.", 5, 25),
    ("Kennt uns von der letzten Messe. Sucht vor allem kurze Lieferzeiten.", 4, 10),
    ("Hat die neue Front in Eiche gesehen und nimmt ein Muster mit.", 5, 15),
    ("Fragt nach einer Teeküche für das Büro, Entscheidung erst im Frühjahr.", 3, 10),
    ("Lobt die Montage, ärgert sich über die Rechnung vom Sommer.", 3, 20),
    ("Möchte den Katalog für Großküchen und einen Rückruf.", 4, 5),
    ("Plant einen Umbau mit barrierefreier Küche. Skizze am Stand gezeichnet.", 5, 35),
    ("War mit der Planung zu zweit da und will beide Entwürfe sehen.", 4, 30),
    ("Vergleicht mit zwei anderen Anbietern, der Preis entscheidet.", 3, 15),
    ("Kurz gegrüßt, derzeit kein Bedarf.", None, 3),
    ("Interessiert sich für unseren Wartungsvertrag.", 4, 10),
    ("Hat sich die Schubladen mit Dämpfung zeigen lassen, will nachbestellen.", 5, 15),
)
DRAWN, IN_COMPANY = 6, (0, 6, 7)
"""Whose talk has a drawing, and to whose came somebody else along."""


async def write_fair(world: World) -> None:
    """The event with its contacts, as the forms would have written them."""
    days, seller = world.days, world.staff.ids["sales"]
    first, last = days.working_day(-16), days.working_day(-15)
    known = await fetch_value("SELECT 1 FROM touchpoint WHERE code = 'fair'")
    data = EventData(f"{NAME} {first:%Y}", first, Channel.FAIR, "fair" if known else "", last)
    event_id = await create_event(data, by=seller, now=days.at(days.working_day(-20), 10, 0))
    rows = await fetch(
        "SELECT c.id, c.owner, array_agg(a.person ORDER BY a.position, a.id) AS persons FROM customer c "
        "JOIN affiliation a ON a.customer = c.id JOIN person p ON p.id = a.person AND p.restricted_at IS NULL "
        "WHERE c.owner = ANY($1) AND c.status <> 'former' AND c.language = 'de' AND c.kind = 'organisation' "
        "AND c.deleted_at IS NULL AND c.restricted_at IS NULL AND c.created_at < $3 AND c.id <= (SELECT min(id) + 400 FROM customer) "
        "GROUP BY c.id ORDER BY count(*) DESC, c.id LIMIT $2",
        list(world.staff.sales), len(TALKS), days.at(first, 8, 0),
    )  # fmt: skip
    for place, (row, (text, impression, minutes)) in enumerate(zip(rows, TALKS, strict=False)):
        at = days.at(first if place < len(TALKS) // 2 else last, 10, 0) + timedelta(minutes=43 * (place % 6))
        others = tuple(row.persons[1:2]) if place in IN_COMPANY else ()
        colleagues = (seller,) if place in IN_COMPANY and row.owner != seller else ()
        talk = NewInteraction(
            row.id, Channel.FAIR, Direction.INBOUND, text, person_id=row.persons[0], impression=impression, minutes=minutes, at=at,
            participant_ids=others, colleague_ids=colleagues,
        )  # fmt: skip
        logged = await log_talk(event_id, talk, by=row.owner, now=at)
        if place == DRAWN:
            content = pdf("Skizze vom Messestand", ["Umbau mit barrierefreier Küche", "Alle Angaben sind erfunden."])
            drawing = NewDocument("Skizze vom Messestand.pdf", content, "application/pdf")
            attached = await attach_document(row.id, drawing, by=row.owner, now=at)
            await execute(
                "INSERT INTO contact_document (interaction, document) VALUES ($1, $2)", logged.id, attached.document_id
            )
