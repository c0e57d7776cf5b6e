"""Personas of the demo company, each tied to a segment that its team shares."""

from __future__ import annotations

from datetime import timedelta

from crm.database import execute, fetch_value
from crm.demo.world import World

_PERSONAS = (
    (
        "Familie mit wenig Zeit", "zwei Kinder, erste eigene Wohnung, beide berufstätig", "Privatkunden", "kind=person&status=customer",
        "Eine Küche, in der alle gleichzeitig frühstücken können, fertig vor dem Einzug.",
        "Arbeit, Schule, Einkauf; Planung findet abends am Küchentisch statt.",
        "Zu viele Termine, Angebote, die man nicht vergleichen kann, und Handwerker, die nicht kommen.",
        "Ein fester Ansprechpartner, ein Termin mit Zwei-Stunden-Fenster, eine Rechnung, die man versteht.",
        "Bewertungsportale, Freunde im Haus, abends am Telefon das Internet.",
        "Mietwohnung, enger Zeitplan, Budget mit klarer Grenze.", "Der Kaufvertrag ist unterschrieben, oder ein Gerät geht kaputt.",
    ),
    (
        "Die Planerin im Architekturbüro", "plant zehn Küchen im Jahr für Bauherren", "Firmenkunden", "kind=organisation&status=customer",
        "Pläne, die ohne Rückfragen gebaut werden, und Bauherren, die zufrieden sind.",
        "Baustellenbesuche, Ausschreibungen, Abstimmung mit Gewerken.",
        "Maße, die sich ändern, Angebote, auf die sie zwei Wochen wartet, wechselnde Ansprechpartner.",
        "Schnelle Angebote aus Vorlagen, technische Zeichnungen, jemand, der zurückruft.",
        "Fachmessen, Musterkataloge, Kolleginnen; sie liest E-Mails, keine Newsletter.",
        "Büro mit fünf Personen, viele Projekte nebeneinander.", "Ein Bauherr hat unterschrieben, die Ausschreibung läuft.",
    ),
    (
        "Der Interessent, der noch vergleicht", "hat drei Küchenhäuser besucht und entscheidet in sechs Wochen", "Interessenten",
        "status=prospect",
        "Sicher sein, dass er nicht zu viel bezahlt.", "Er vergleicht Angebote Zeile für Zeile.",
        "Jedes Angebot sieht anders aus, und Verkäufer drängen.", "Ein Angebot in fünf Tagen, in dem alles steht, ohne Druck.",
        "Testberichte, Ausstellungen am Samstag, Empfehlungen.", "Eigenheim, Umbau in Eigenregie.",
        "Das Angebot des Wettbewerbers liegt auf dem Tisch.",
    ),
)  # fmt: skip


async def write_personas(world: World) -> None:
    lead, at = world.staff.ids["lead"], world.now - timedelta(days=70)
    for name, role, view, query, *parts in _PERSONAS:
        view_id = await fetch_value(
            "INSERT INTO saved_view (name, owner, team, query, created_at, version) "
            "VALUES ($1, $2, (SELECT team FROM staff WHERE id = $2), $3, $4, 1) RETURNING id",
            f"Segment: {view}", lead, query, at,
        )  # fmt: skip
        await execute(
            'INSERT INTO persona (name, role, goals, everyday, problems, benefit, information, context, triggers, "view", view_by, '
            "created_by, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, 1)",
            name, role, *parts, view_id, lead, at,
        )  # fmt: skip
