"""`crm restore` erases again whoever was erased after the backup was made."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tests.cli.command import crm
from tests.embedded.playground import ask, new_folder, prepare, servers_in

FILL = """
    WITH who AS (INSERT INTO person (given_name, family_name, title, form_of_address, language, created_at, version)
        VALUES ('Emre', 'Yıldız', '', 'mr', 'de', now(), 1) RETURNING id)
    INSERT INTO email_address (person, address, position, kind) SELECT id, 'emre@yildiz.example', 0, '' FROM who
"""
LEFT = "SELECT (SELECT count(*) FROM email_address) || ' ' || (SELECT string_agg(family_name, ',') FROM person)"


def noted(secret: bytes) -> bytes:
    """What the journal says of Emre's erasure in the house with this secret."""
    from crm.customers.suppression.keys import email_key
    from crm.privacy.erasure.journal import FORMAT, Noted, mark_of

    key = email_key(secret, "emre@yildiz.example")
    assert key is not None
    note = Noted(
        FORMAT,
        mark_of(secret),
        "a" * 32,
        datetime(2026, 11, 27, tzinfo=UTC),
        None,
        None,
        [1],
        [],
        [(key.kind.value, key.key)],
        [],
    )
    return msgspec.json.encode(note)


def test_the_notes_beside_the_backup_are_obeyed() -> None:
    with new_folder() as folder:
        data, dump = prepare(folder / "data"), folder / "backups" / "b.dump"
        dump.parent.mkdir()
        assert crm("migrate", CRM_DATA_DIR=str(data)).returncode == 0
        with servers_in(data) as servers:
            asyncio.run(ask(servers.database_url, FILL))
            secret = bytes(asyncio.run(ask(servers.database_url, "SELECT secret FROM company")))
        (data / "erasures").mkdir()
        (data / "erasures" / f"{'a' * 32}.erasure.json").write_bytes(noted(secret))
        done = crm("backup", dump, CRM_DATA_DIR=str(data))
        assert "1 erasure noted beside it" in done.stderr
        new: Path = folder / "new"
        done = crm("restore", "--yes", dump, CRM_DATA_DIR=str(new))
        assert done.returncode == 0, done.stderr
        assert "Erased again: 1 person" in done.stderr
        with servers_in(new) as servers:
            assert asyncio.run(ask(servers.database_url, LEFT)) == "0 "
        taken = [file.name for file in (new / "erasures").iterdir()]
        assert taken == [f"{'a' * 32}.erasure.json"], "the next restore needs it, from wherever it is made"


def test_nothing_is_restored_where_the_notes_cannot_be_kept() -> None:
    with new_folder() as folder:
        data, dump = prepare(folder / "data"), folder / "backups" / "b.dump"
        (dump.parent / "erasures").mkdir(parents=True)
        assert crm("migrate", CRM_DATA_DIR=str(data)).returncode == 0
        assert crm("backup", dump, CRM_DATA_DIR=str(data)).returncode == 0
        (dump.parent / "erasures" / f"{'a' * 32}.erasure.json").write_bytes(noted(b"secret"))
        new, taken = folder / "new", folder / "a-file"
        taken.write_text("no folder")
        done = crm("restore", "--yes", dump, CRM_DATA_DIR=str(new), CRM_ERASURES_DIR=str(taken))
        assert done.returncode != 0
        assert "nothing was restored" in done.stderr
        assert "Traceback" not in done.stderr
