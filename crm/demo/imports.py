"""Two imports of the demo company: one that brought in its newest customers, and a file that waits for its columns."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from crm.database import execute, fetch_value
from crm.records.imports import receive_import
from crm.records.targets import ImportKind

BROUGHT_IN = 40
DAYS_AGO = 6
SOURCE = "Outlook, messe-kontakte.csv"
COLUMNS = ("Anrede", "Vorname", "Nachname", "Firma", "Ort geschäftlich", "Telefon geschäftlich", "E-Mail-Adresse")
FIELDS = (
    "person_form_of_address",
    "person_given_name",
    "person_family_name",
    "name",
    "city",
    "person_phone",
    "person_email",
)
WRONG = ("Herr", "Jan", "Petersen", "", "Kiel", "0431 12", "jan.petersen@")
WAITING = (
    "Kundennr.;Firma;Ansprechpartner;Strasse;PLZ;Ort;Telefon;E-Mail;Umsatzklasse\r\n"
    "4711;Tischlerei Brandt GmbH;Frau Dr. Ina Brandt;Werftstr. 8;24143;Kiel;0431 5512340;ina@brandt.example;A\r\n"
    "4712;Hotel Seeblick;Herr Tom Vogel;Strandweg 1;23669;Timmendorfer Strand;04503 551230;info@seeblick.example;B\r\n"
    "4713;;Karla Menzel;Am Markt 3;18055;Rostock;0171 5512344;karla.menzel@beispiel.example;C\r\n"
)

_ROWS = """
    INSERT INTO import_row (run, line, is_trial, outcome, label, reason, customer, person, parent, decision, detail, cells)
    SELECT $1::bigint, row_number() OVER (ORDER BY c.id) + 1, false, 'created', c.name, '', c.id,
        (SELECT a.person FROM affiliation a WHERE a.customer = c.id ORDER BY a.position, a.id LIMIT 1), '', '', '{}', '[]'
    FROM (SELECT id, name FROM customer WHERE restricted_at IS NULL ORDER BY id DESC LIMIT $2::bigint) c
"""
_DUTIES = """
    INSERT INTO information_duty (person, source, obtained_at, due_on, status, settled_on, settled_by, how, import_run)
    SELECT DISTINCT r.person, $2::text, $3::timestamptz, $4::date, CASE WHEN r.line % 3 = 0 THEN 'sent' ELSE 'pending' END,
        CASE WHEN r.line % 3 = 0 THEN $5::date END, CASE WHEN r.line % 3 = 0 THEN $6::bigint END, '', $1::bigint
    FROM import_row r WHERE r.run = $1::bigint AND r.person IS NOT NULL
"""


async def tell_of_imports(now: datetime, lead_id: int) -> None:
    """The list of contacts from a fair, of which one row was wrong; and the old customer file, just uploaded."""
    at = now - timedelta(days=DAYS_AGO)
    run_id = await fetch_value(
        "INSERT INTO import_run (kind, status, file_name, file_sha256, file_size, file_kind, columns, mapping, choices, about, samples, tool, "  # noqa: E501
        "is_american, rule, source, total, position, counts, problem, requested_by, created_at, started_at, finished_at) "
        "VALUES ('customers', 'done', 'messe-kontakte.csv', repeat('0', 64), 5120, 'csv', $1, $2, '{}', $3, '[]', 'outlook', false, 'skip', $4, 0, 0, "  # noqa: E501
        "'{}', '{}', $5, $6, $6, $6) RETURNING id",
        _json(COLUMNS), _json(FIELDS), _json({"encoding": "cp1252", "delimiter": ",", "sheets": [], "twice": []}), SOURCE, lead_id, at,
    )  # fmt: skip
    await execute(_ROWS, run_id, BROUGHT_IN)
    count = await fetch_value("SELECT count(*)::int FROM import_row WHERE run = $1", run_id)
    errors = {
        "de": {"E-Mail-Adresse": "Das ist keine E-Mail-Adresse. Ein Beispiel: anna@example.de"},
        "en": {"E-Mail-Adresse": "This is not an e-mail address. An example: anna@example.de"},
    }
    await execute(
        "INSERT INTO import_row (run, line, is_trial, outcome, label, reason, parent, decision, detail, cells) "
        "VALUES ($1, $2, false, 'wrong', 'Jan Petersen', '', '', '', $3, $4)",
        run_id, count + 2, _json({"errors": errors}), _json(WRONG),
    )  # fmt: skip
    await execute(
        "UPDATE import_run SET total = $2, position = $2, counts = $3 WHERE id = $1",
        run_id,
        count + 1,
        _json({"created": count, "wrong": 1}),
    )
    day = at.date()
    await execute(_DUTIES, run_id, SOURCE, at, day + timedelta(days=30), day + timedelta(days=2), lead_id)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "kundenkartei.csv"
        path.write_bytes(WAITING.encode("cp1252"))
        await receive_import(path, path.name, ImportKind.CUSTOMERS, by=lead_id, now=now)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
