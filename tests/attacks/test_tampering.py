"""The ledger and the audit trail against whoever has the program's own database role."""

from __future__ import annotations

from datetime import UTC, datetime

import asyncpg
import pytest

from crm.consents.verification import verify_ledger
from crm.database import fetch, fetch_value
from tests.attacks.conftest import House, count

TABLES = ("consent_event", "audit_entry")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {0} SET id = id",
        "DELETE FROM {0}",
        "TRUNCATE {0}",
        "TRUNCATE {0} CASCADE",
        "UPDATE {0} SET at = now() WHERE id = 1",
        "INSERT INTO {0} SELECT * FROM {0} ON CONFLICT (id) DO UPDATE SET at = now()",
        "MERGE INTO {0} t USING {0} s ON t.id = s.id WHEN MATCHED THEN DELETE",
        "WITH gone AS (DELETE FROM {0} RETURNING 1) SELECT 1",
    ],
)
async def test_rows_of_record_are_not_changed(own_database: str, house: House, table: str, statement: str) -> None:
    """As the program connects. (The role owns its tables: it could grant itself the rights back and drop the triggers. That
    leaves the chain of hashes, which is what the next tests are about.)"""
    before = await count(table)
    connection = await asyncpg.connect(own_database)
    try:
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)):
            await connection.execute(statement.format(table))
    finally:
        await connection.close()
    assert await count(table) == before


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE consent_event SET event = 'given' WHERE event = 'withdrawn'",
        "DELETE FROM consent_event WHERE id = (SELECT min(id) FROM consent_event)",
        "UPDATE consent_event SET person_id = person_id + 1 WHERE id = (SELECT max(id) FROM consent_event)",
        "UPDATE consent_event SET at = at - interval '1 day'",
        'UPDATE consent_payload SET fields = \'{"note": "erfunden"}\'',
        "UPDATE consent_event SET recorded_by = NULL",
        "UPDATE consent_event SET wording_version = 9 WHERE wording_version = 1",
        "UPDATE consent_event SET hash = previous_hash",
        "UPDATE consent_event SET id = id + 100 WHERE id = (SELECT max(id) FROM consent_event)",
    ],
)
async def test_a_forgery_by_the_owner_of_the_tables_shows(own_database: str, house: House, forgery: str) -> None:
    assert (await verify_ledger(by=None, now=datetime.now(UTC))).ok
    connection = await asyncpg.connect(own_database)
    try:
        await connection.execute("GRANT ALL ON consent_event, consent_payload TO CURRENT_USER")
        await connection.execute("ALTER TABLE consent_event DISABLE TRIGGER USER")
        await connection.execute("ALTER TABLE consent_payload DISABLE TRIGGER USER")
        await connection.execute(forgery)
    finally:
        await connection.close()
    assert not (await verify_ledger(by=None, now=datetime.now(UTC))).ok


async def test_a_cut_tail_shows_against_what_was_verified_before(own_database: str, house: House) -> None:
    """Cutting off the newest events leaves a chain that fits; that they were there is known from the last verification."""
    assert (await verify_ledger(by=None, now=datetime.now(UTC))).ok
    connection = await asyncpg.connect(own_database)
    try:
        await connection.execute("GRANT ALL ON consent_event TO CURRENT_USER")
        await connection.execute("ALTER TABLE consent_event DISABLE TRIGGER USER")
        await connection.execute("DELETE FROM consent_event WHERE id > (SELECT min(id) FROM consent_event)")
    finally:
        await connection.close()
    assert not (await verify_ledger(by=None, now=datetime.now(UTC))).ok


async def test_no_secret_stands_in_the_audit_trail(house: House) -> None:
    """Names of changed secrets are recorded, their values never."""
    from crm.accounts.passwords import hash_password
    from crm.accounts.second_factor import prepare_second_factor
    from crm.accounts.settings_changes import change_company
    from crm.database import execute

    await execute("UPDATE staff SET password_hash = $1", await hash_password("rosa kiesel fenster 9"))
    secret = await prepare_second_factor(house.cast.petra.id)
    version = await fetch_value("SELECT version FROM company")
    await change_company(
        {"smtp_user": "x", "smtp_password": "streng-geheim"}, version, by=house.cast.ines.id, now=datetime.now(UTC)
    )
    told = " ".join(row.fields for row in await fetch("SELECT fields::text AS fields FROM audit_payload"))
    assert "smtp_password" in told
    for hidden in ("streng-geheim", secret, "$argon2"):
        assert hidden not in told
