"""The intended journeys of the demo company: of all customers, and of the families who are its best-known persona."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from crm.accounts.audit import record
from crm.database import execute, fetch_one, fetch_value
from crm.demo.world import World
from crm.improvement.intended.drafts import begin_draft

_ALL = (
    "Von der ersten Idee zur fertigen Küche",
    "Kunden fühlen sich vom ersten Besuch bis zur Schlussrechnung begleitet, fragen nicht zweimal dasselbe und empfehlen uns weiter.",
    (
        ("website", "web", "4.0", "", "Der erste Eindruck: Termine und Beispiele sind in zwei Klicks zu finden."),
        ("sales_visit", "visit", "4.5", "sales", "Hier entscheidet sich, ob man uns vertraut."),
        ("quotation", "email,letter", "4.2", "sales", "In fünf Tagen, verständlich, mit Festpreis."),
        ("order_entry", "email,phone", "4.2", "", ""),
        ("delivery", "visit", "4.4", "", "Zwei-Stunden-Fenster, Anruf am Vortag."),
        ("invoice", "letter,email", "4.3", "", "Jede Position steht auch im Angebot."),
        ("hotline", "phone", "4.2", "lead", "Wer anruft, erreicht beim ersten Mal jemanden, der helfen kann."),
        ("newsletter", "email", "3.8", "", "Pflegehinweise statt Werbung."),
    ),
)  # fmt: skip
_FAMILIES = (
    "Familien: fertig vor dem Einzug",
    "Die Familie hat einen festen Ansprechpartner, einen Termin, der gilt, und eine Rechnung, die sie versteht.",
    (
        ("review_portal", "review", "4.3", "", "Dort lesen sie zuerst."),
        ("hotline", "phone", "4.3", "lead", "Auch nach 18 Uhr."),
        ("sales_visit", "visit", "4.6", "sales", "Am Küchentisch, abends."),
        ("quotation", "email", "4.4", "sales", ""),
        ("delivery", "visit", "4.5", "", "Der Tag steht drei Wochen vorher fest."),
        ("invoice", "email", "4.3", "", ""),
    ),
)  # fmt: skip


async def write_intended(world: World) -> None:
    families = await fetch_value("SELECT min(id) FROM persona")
    await _plan(world, _ALL, "all", None)
    await _plan(world, _FAMILIES, "persona", families)
    await begin_draft(f"persona-{families + 1}", by=world.staff.ids["manager"], now=world.now - timedelta(days=2))


async def _plan(
    world: World, plan: tuple[str, str, tuple[tuple[str, ...], ...]], segment: str, persona: int | None
) -> None:
    name, goal, steps = plan
    by, at = world.staff.ids["manager"], world.now - timedelta(days=64)
    journey = await fetch_value(
        "INSERT INTO intended_journey (name, goal, segment, persona, created_by, created_at, version) "
        "VALUES ($1, $2, $3, $4, $5, $6, 1) RETURNING id",
        name, goal, segment, persona, by, at,
    )  # fmt: skip
    told = {"journey_name": [None, name], "journey_goal": [None, goal]}
    await record("intended_journey.planned", "intended_journey", journey, by=by, now=at, fields=told)
    for position, (code, channels, aim, who, note) in enumerate(steps):
        place = await fetch_one("SELECT id FROM touchpoint WHERE code = $1", code)
        if place is not None:
            await execute(
                "INSERT INTO intended_step (journey, touchpoint, position, channels, aim, responsible, note) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                journey, place.id, position, channels, Decimal(aim), world.staff.ids.get(who), note,
            )  # fmt: skip
