"""The one letter box of earlier versions is the first of the table, with how far it was looked through; and back again."""

from __future__ import annotations

from importlib import import_module

from crm.database import execute, fetch, fetch_one

MIGRATION = import_module("crm.piccolo_migrations.2026_11_27t16_01_58_000001_the_first_letter_box")
_AS_BEFORE = (
    "ALTER TABLE company ADD imap_host text NOT NULL DEFAULT '', ADD imap_port int NOT NULL DEFAULT 993, "
    "ADD imap_security text NOT NULL DEFAULT 'tls', ADD imap_user text NOT NULL DEFAULT '', "
    "ADD imap_password text NOT NULL DEFAULT '', ADD mail_opens_tickets boolean NOT NULL DEFAULT false",
    "ALTER TABLE letter_box ADD box text NOT NULL DEFAULT ''",
)


async def test_it_keeps_its_place_its_password_and_what_its_mails_become(db: None) -> None:
    for statement in _AS_BEFORE:
        await execute(statement)
    await execute(
        "INSERT INTO company (name, language, secret, imprint) VALUES ('', 'de', '', '') ON CONFLICT DO NOTHING"
    )
    await execute(
        "UPDATE company SET imap_host = 'imap.kern.example', imap_user = 'kern', imap_password = 'streng geheim', "
        "mail_from = 'Post@kern.example', mail_opens_tickets = true"
    )
    await execute(
        "INSERT INTO letter_box (box, uid_validity, last_uid) VALUES ('kern@imap.kern.example:993', 7, 40), ('alt', 1, 2)"
    )
    for statement in MIGRATION.FORWARDS:
        await execute(statement)
    rows = await fetch(
        "SELECT address, host, user_name, password, purpose, folder, is_active, uid_validity, last_uid FROM letter_box"
    )
    assert [tuple(row) for row in rows] == [
        ("post@kern.example", "imap.kern.example", "kern", "streng geheim", "both", "INBOX", True, 7, 40)
    ]
    await execute("UPDATE company SET imap_host = '', imap_password = '', mail_opens_tickets = false")
    for statement in MIGRATION.BACKWARDS:
        await execute(statement)
    company = await fetch_one("SELECT imap_host, imap_user, imap_password, mail_opens_tickets FROM company")
    assert company is not None
    assert tuple(company) == ("imap.kern.example", "kern", "streng geheim", True)
    assert [row.box for row in await fetch("SELECT box FROM letter_box")] == ["kern@imap.kern.example:993"]


async def test_without_one_the_table_stays_empty(db: None) -> None:
    for statement in _AS_BEFORE:
        await execute(statement)
    await execute("INSERT INTO letter_box (box) VALUES ('alt')")
    for statement in MIGRATION.FORWARDS:
        await execute(statement)
    assert await fetch("SELECT id FROM letter_box") == []
