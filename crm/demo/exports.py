"""Exports of the demo company that are on record: what was taken out of the house, what for and for whom. Their files have been
deleted long ago, as they are after a week."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from crm.database import execute
from crm.demo.world import World

_EXPORTS = (
    # days ago, who, purpose, more about it, recipient kind, recipient, selection, query, format, share of the customers
    (74, "manager", "legal_duty", "Betriebsprüfung 2026", "external", "Steuerkanzlei Ahrens", "Status: Kunde",
     "status=customer", "xlsx", 0.7),
    (31, "lead", "newsletter:email", "Herbstausgabe, Versand durch die Agentur", "external", "Agentur Blaupause",
     "alle Kunden", "", "csv", 0.2),
    (12, "manager", "offers:letter", "Einladung zum Tag der offenen Tür", "external", "Druckerei Kern", "Ort oder Postleitzahl: Berlin",
     "place=Berlin", "csv", 0.05),
    (9, "lead", "internal", "Anrufliste für die Woche", "internal", "", "Kontakt überfällig", "show=overdue", "xlsx", 0.1),
)  # fmt: skip
_COLUMNS = "number,name,street,postcode,city,country,person_title,person_given_name,person_family_name,person_email"


async def write_exports(world: World) -> None:
    """The runs with whose data went along: the customers of lowest number, as many as the share says."""
    for ago, who, purpose, text, kind, recipient, described, query, form, share in _EXPORTS:
        at = world.now - timedelta(days=ago, hours=7)
        digest = hashlib.sha256(f"{purpose} {at.isoformat()}".encode()).hexdigest()
        await execute(
            "WITH chosen AS (SELECT id FROM customer ORDER BY id LIMIT greatest(1, (SELECT count(*) * $14::float8 FROM customer)::int)), "
            "people AS (SELECT a.person FROM affiliation a JOIN chosen c ON c.id = a.customer ORDER BY a.person), run AS ("
            "INSERT INTO export_run (status, purpose, purpose_text, recipient_kind, recipient, query, described, format, columns, "
            "options, language, total, done, customers, persons, left_out, file_name, file_hash, sha256, size, requested_by, "
            "requested_at, attempts, claimed_at, finished_at, expires_at, fetches, fetched_at) "
            "SELECT 'ready', $1, $2, $3, $4, $5, $6, $7, $8, '{}', 'de', n.c, n.c, n.c, n.p, "
            "'{}', $9, '', $10, n.c * 180, $11, $12, 1, $12, $12, $13, 1, $12 "
            "FROM (SELECT (SELECT count(*) FROM chosen) AS c, (SELECT count(*) FROM people) AS p) n RETURNING id) "
            "INSERT INTO export_subjects (export, customers, persons) "
            "SELECT run.id, ARRAY(SELECT id FROM chosen), ARRAY(SELECT person FROM people) FROM run",
            purpose, text, kind, recipient, query, described, form, _COLUMNS, f"kunden-{at:%Y-%m-%d}.{form}", digest,
            world.staff.ids[who], at, at + timedelta(days=7), share,
        )  # fmt: skip
