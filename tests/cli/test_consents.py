"""`crm consents verify`: an intact ledger, a broken one, and one that came back from a backup."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from tests.cli.command import crm
from tests.embedded.playground import ask, new_folder, prepare, servers_in

pytestmark = pytest.mark.slow

EVENTS = "SELECT count(*) FROM consent_event"
TAMPERED = """
    GRANT UPDATE ON consent_event TO CURRENT_USER;
    ALTER TABLE consent_event DISABLE TRIGGER ALL;
    UPDATE consent_event SET source = 'paper' WHERE id = (SELECT id FROM consent_event WHERE source <> 'paper' ORDER BY id LIMIT 1);
"""
FIRST = "SELECT id FROM consent_event WHERE source <> 'paper' ORDER BY id LIMIT 1"


def value(data: Path, question: str) -> object:
    with servers_in(data) as servers:
        return asyncio.run(ask(servers.database_url, question))


def run(data: Path, script: str) -> None:
    async def execute(url: str) -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(script)
        await connection.close()

    with servers_in(data) as servers:
        asyncio.run(execute(servers.database_url))


def test_a_ledger_verifies_also_after_a_restore_and_a_broken_one_names_the_first_link() -> None:
    with new_folder() as folder:
        data, dump, new = prepare(folder / "data"), folder / "b.dump", folder / "new"
        filled = crm("demo", "--customers", "40", "--today", "2026-11-27", CRM_DATA_DIR=str(data))
        assert filled.returncode == 0, filled.stderr
        events = value(data, EVENTS)
        assert isinstance(events, int)
        assert events > 20

        whole = crm("consents", "verify", CRM_DATA_DIR=str(data))
        assert (whole.returncode, whole.stdout) == (0, f"The ledger is whole. {events} events verified.\n")

        assert crm("backup", dump, CRM_DATA_DIR=str(data)).returncode == 0
        assert crm("restore", "--yes", dump, CRM_DATA_DIR=str(new)).returncode == 0
        restored = crm("consents", "verify", "--lang", "de", CRM_DATA_DIR=str(new))
        assert restored.returncode == 0, restored.stderr
        assert f"{events} Einträge geprüft" in restored.stdout

        first = value(new, FIRST)
        run(new, TAMPERED)
        broken = crm("consents", "verify", CRM_DATA_DIR=str(new))
        assert broken.returncode == 1
        assert f"event no. {first} is the first that was changed" in broken.stdout
        assert "Traceback" not in broken.stderr
