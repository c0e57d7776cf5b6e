"""A backup holds everything, and is read back completely or not at all."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from tests.cli.command import crm, refusal
from tests.embedded.playground import Holder, ask, new_folder, prepare, servers_in


@dataclass(frozen=True)
class Original:
    """A data folder with a team, much text and an audit trail in it, and its backup."""

    data: Path
    dump: Path


@pytest.fixture(scope="module")
def original() -> Iterator[Original]:
    with new_folder() as folder:
        data, dump = prepare(folder / "data"), folder / "b.dump"
        assert crm("migrate", CRM_DATA_DIR=str(data)).returncode == 0
        with servers_in(data) as servers:
            fill = "INSERT INTO team (name) SELECT n || repeat(E'\\\\ä\\t\\n', 20) FROM generate_series(1, 5000) AS n"
            asyncio.run(ask(servers.database_url, fill))
            audit = "INSERT INTO audit_entry (action, subject_kind) VALUES ('opened', 'ticket'), ('closed', 'ticket')"
            asyncio.run(ask(servers.database_url, audit))
        done = crm("backup", dump, CRM_DATA_DIR=str(data))
        assert done.returncode == 0, done.stderr
        assert re.search(r"b\.dump: \d+ tables, \d+\.\d [KM]B", done.stderr)
        yield Original(data, dump)


@pytest.fixture
def copy(original: Original, open_folder: Path) -> Original:
    """The same, to be changed."""
    subprocess.run(["cp", "-a", original.data, open_folder / "copy"], check=True)
    return Original(open_folder / "copy", original.dump)


def value(data: Path, question: str) -> object:
    with servers_in(data) as servers:
        return asyncio.run(ask(servers.database_url, question))


def test_backup_and_restore_bring_everything_back(original: Original, open_folder: Path) -> None:
    assert original.dump.stat().st_mode & 0o77 == 0, "it holds personal data"
    assert value(original.data, "SELECT count(*) FROM audit_entry WHERE action = 'backup.made'") == 1
    sum_of_all = "SELECT count(*) || md5(string_agg(name, ',' ORDER BY id)) FROM team"
    new = open_folder / "new"
    done = crm("restore", "--yes", original.dump, CRM_DATA_DIR=str(new))
    assert done.returncode == 0, done.stderr
    assert "Restored: " in done.stderr
    assert value(new, sum_of_all) == value(original.data, sum_of_all)
    assert crm("migrate", CRM_DATA_DIR=str(new)).stderr.startswith("The database is up to date (0 ")


def test_restored_database_refuses_changes_of_the_audit_trail_and_can_be_backed_up_again(copy: Original) -> None:
    environ = {"CRM_DATA_DIR": str(copy.data)}
    assert crm("restore", "--yes", "--replace", copy.dump, **environ).returncode == 0
    with pytest.raises(asyncpg.PostgresError):
        value(copy.data, "UPDATE audit_entry SET action = 'nothing'")
    rights = (
        "SELECT has_table_privilege('audit_entry', 'DELETE') || ' ' || has_table_privilege('audit_entry', 'INSERT')"
    )
    assert value(copy.data, rights) == "false true"
    again = copy.data.parent / "again.dump"
    assert crm("backup", again, **environ).returncode == 0
    done = crm("restore", "--yes", again, CRM_DATA_DIR=str(copy.data.parent / "new"))
    assert done.returncode == 0, done.stderr


def test_rights_follow_into_a_database_whose_owner_is_called_otherwise(data: Path, original: Original) -> None:
    with servers_in(data) as servers:
        admin = servers.database_url.replace("crm@", "postgres@")
        asyncio.run(ask(admin, "CREATE ROLE other LOGIN"))
        asyncio.run(ask(admin, "CREATE DATABASE other OWNER other"))
        assert servers.home is not None
        with (servers.home.cluster / "pg_ident.conf").open("a") as users:
            users.write(f'nahbar "{servers.home.identity.name}" other\nnahbar root other\n')
        asyncio.run(ask(admin, "SELECT pg_reload_conf()"))
        theirs = admin.replace("postgres@/nahbar", "other@/other")
        done = crm("restore", "--yes", original.dump, CRM_DATABASE_URL=theirs, CRM_REDIS_URL=servers.redis_url)
        assert done.returncode == 0, done.stderr
        assert asyncio.run(ask(theirs, "SELECT count(*) FROM audit_entry")) == 2
        assert asyncio.run(ask(theirs, "SELECT has_table_privilege('audit_entry', 'DELETE')")) is False


def test_database_with_data_is_not_overwritten_without_a_word(original: Original) -> None:
    environ = {"CRM_DATA_DIR": str(original.data)}
    assert "not empty" in refusal("restore", "--yes", original.dump, **environ)
    said = refusal("restore", "--replace", original.dump, **environ)
    assert said == "Nobody is at a terminal to be asked whether to go on. Add --yes to restore without a question."
    assert value(original.data, "SELECT count(*) FROM team") == 5000


def test_restore_refuses_while_the_database_is_in_use(original: Original) -> None:
    async def try_it(url: str) -> str:
        connection = await asyncpg.connect(url)
        try:
            words = ("restore", "--yes", "--replace", original.dump)
            return await asyncio.to_thread(refusal, *words, CRM_DATA_DIR=str(original.data))
        finally:
            await connection.close()

    with Holder(original.data) as holder:
        url = holder.line().split()[1]
        assert asyncio.run(try_it(url)).startswith("The database is in use (1 other connection).")


@pytest.mark.parametrize("part", [0.3, 0.95])
def test_damaged_backup_changes_nothing(original: Original, open_folder: Path, part: float) -> None:
    content = original.dump.read_bytes()
    (open_folder / "short.dump").write_bytes(content[: int(len(content) * part)])
    words = ("restore", "--yes", "--replace", open_folder / "short.dump")
    done = crm(*words, CRM_DATA_DIR=str(original.data))
    assert done.returncode == 1
    assert "damaged" in done.stderr.splitlines()[-1]
    assert value(original.data, "SELECT count(*) FROM team") == 5000


def test_other_files_are_refused(open_folder: Path) -> None:
    (open_folder / "letter.dump").write_text("Dear all, ...")
    words = ("restore", "--yes", open_folder / "letter.dump")
    assert "is not a backup of Nahbar" in refusal(*words, CRM_DATA_DIR=str(open_folder / "data"))
    assert "There is no file" in refusal("restore", open_folder / "none", CRM_DATA_DIR=str(open_folder / "data"))
    assert not (open_folder / "data").exists()


def test_backup_overwrites_only_when_told_to(original: Original, open_folder: Path) -> None:
    file = open_folder / "b.dump"
    file.write_text("precious")
    assert "exists already" in refusal("backup", file, CRM_DATA_DIR=str(original.data))
    assert file.read_text() == "precious"
    assert crm("backup", "--overwrite", file, CRM_DATA_DIR=str(original.data)).returncode == 0
    assert file.stat().st_mode & 0o77 == 0


def test_backup_of_an_empty_database_is_refused_and_leaves_no_file(data: Path, open_folder: Path) -> None:
    assert "no table of migrations" in refusal("backup", open_folder / "b.dump", CRM_DATA_DIR=str(data))
    assert list(open_folder.glob("*.dump*")) == []
