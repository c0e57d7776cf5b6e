"""A backup from before an erasure is restored: whoever was erased is erased again, and nobody else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from crm.customers.suppression.entries import erasures_of
from crm.database import execute, fetch_one, fetch_value
from crm.privacy.erasure import replaying
from crm.privacy.erasure.executing import erase_person
from crm.privacy.erasure.journal import SUFFIX, Noted, copy_journal, read_journal
from crm.privacy.erasure.replaying import Replayed, replay_erasures
from tests.attacks.conftest import House
from tests.privacy.erasure.conftest import NOW, erased

PERSON = "SELECT family_name FROM person WHERE id = $1"


async def restored(house: House, family_name: str = "Yıldız") -> None:
    """As if the backup from before the erasure had been read back: the person is there again, and of the erasure nothing."""
    for table in ("erasure_row", "erasure_mention", "erasure", "suppression_entry"):
        await execute(f"DELETE FROM {table}")
    await execute(
        "UPDATE person SET given_name = 'Emre', family_name = $2, erased_at = NULL WHERE id = $1",
        house.emre_person,
        family_name,
    )
    await execute(
        "UPDATE customer SET name = $2, erased_at = NULL, deleted_at = NULL, deletion_ended_at = NULL WHERE id = $1",
        house.emre, f"Emre {family_name}",
    )  # fmt: skip
    await execute(
        "INSERT INTO affiliation (customer, person, function, is_self, position) VALUES ($1, $2, '', true, 0)",
        house.emre, house.emre_person,
    )  # fmt: skip


async def later(house: House) -> None:
    """Who stands at Emre's numbers was entered after the restore."""
    for table, row in (("person", house.emre_person), ("customer", house.emre)):
        await execute(
            f"UPDATE {table} SET created_at = created_at + interval '1 day' WHERE $1 IN (id, merged_into)", row
        )


def the_file(folder: Path) -> Path:
    (file,) = folder.glob(f"*{SUFFIX}")
    return file


def forget_rows(folder: Path) -> None:
    """The journal was written before it knew the moments at which rows were made."""
    (noted,) = read_journal(folder)
    the_file(folder).write_bytes(msgspec.json.encode(msgspec.structs.replace(noted, rows=[])))


async def test_the_journal_holds_ids_and_hashes_alone(house: House, emre: int, tmp_path: Path) -> None:
    await erased(house, emre, tmp_path)
    file = the_file(tmp_path)
    assert file.stat().st_mode & 0o77 == 0
    assert b"mre" not in file.read_bytes()
    assert b"yildiz" not in file.read_bytes().lower()
    (noted,) = read_journal(tmp_path)
    assert house.emre_person in noted.persons
    assert house.emre in noted.customers


async def test_after_a_restore_the_person_is_erased_again_once(house: House, emre: int, tmp_path: Path) -> None:
    await erased(house, emre, tmp_path / "data")
    assert copy_journal(tmp_path / "data", tmp_path / "beside") == 1
    assert copy_journal(tmp_path / "data", tmp_path / "beside") == 0
    await restored(house)
    told = await replay_erasures(tmp_path / "beside", now=NOW)
    assert (told.done, told.foreign) == (1, 0)
    assert await fetch_value(PERSON, house.emre_person) == ""
    assert await fetch_value("SELECT count(*) FROM suppression_entry") > 0
    assert await fetch_value("SELECT outbox_id FROM erasure WHERE is_replayed") is None
    told = await replay_erasures(tmp_path / "beside", now=NOW)
    assert (told.done, told.foreign) == (0, 0)


async def test_somebody_else_with_the_same_number_is_left_alone(house: House, emre: int, tmp_path: Path) -> None:
    await erased(house, emre, tmp_path)
    await restored(house, "Petersen")
    await later(house)
    told = await replay_erasures(tmp_path, now=NOW)
    assert (told.done, told.foreign) == (0, 1)
    assert await fetch_value(PERSON, house.emre_person) == "Petersen"


async def test_who_is_not_in_the_backup_is_not_imported_either(house: House, emre: int, tmp_path: Path) -> None:
    await erased(house, emre, tmp_path)
    await restored(house, "Petersen")
    await later(house)
    await replay_erasures(tmp_path, now=NOW)
    erasure = await fetch_one("SELECT * FROM erasure")
    assert erasure is not None
    assert await erasures_of(emails=["emre@yildiz.example"]) == [erasure.id]
    assert (erasure.status, erasure.is_replayed, erasure.persons, erasure.customers) == ("done", True, [], [])
    assert await replay_erasures(tmp_path, now=NOW) == Replayed(0, 0)


async def test_a_customer_who_got_the_same_number_since_is_left_alone(house: House, emre: int, tmp_path: Path) -> None:
    """Of Emre only the person was in the backup, his customer was entered after it."""
    await erased(house, emre, tmp_path)
    await restored(house)
    await execute("DELETE FROM affiliation WHERE customer = $1", house.emre)
    await execute("UPDATE customer SET merged_into = NULL WHERE merged_into = $1", house.emre)
    await execute(
        "UPDATE customer SET name = 'Petra Petersen', created_at = created_at + interval '1 day' WHERE id = $1",
        house.emre,
    )
    assert (await replay_erasures(tmp_path, now=NOW)).done == 1
    assert await fetch_value(PERSON, house.emre_person) == ""
    assert await fetch_value("SELECT name FROM customer WHERE id = $1", house.emre) == "Petra Petersen"


async def test_whoever_was_renamed_after_the_backup_is_still_the_same(house: House, emre: int, tmp_path: Path) -> None:
    await erased(house, emre, tmp_path)
    await restored(house, "Vorher")
    assert (await replay_erasures(tmp_path, now=NOW)).done == 1
    assert await fetch_value(PERSON, house.emre_person) == ""


@pytest.mark.parametrize("has_rows", [True, False])
async def test_whoever_was_merged_after_the_backup_is_erased_again_as_a_whole(
    house: House, emre: int, tmp_path: Path, has_rows: bool
) -> None:
    """Emre stood in the house twice, the two were merged and erased: in the backup they still stand apart."""
    twin = await fetch_value(
        "INSERT INTO person (given_name, family_name, language, created_at, merged_into) "
        "VALUES ('Emre', 'Yıldız', 'de', $1, $2) RETURNING id",
        NOW, house.emre_person,
    )  # fmt: skip
    await erased(house, emre, tmp_path)
    if not has_rows:
        forget_rows(tmp_path)
    await restored(house)
    await execute(
        "UPDATE person SET given_name = 'Emre', family_name = 'Yıldız', merged_into = NULL, erased_at = NULL WHERE id = $1",
        twin,
    )
    await execute(
        "UPDATE customer SET merged_into = NULL, name = 'Emre Yıldız', erased_at = NULL WHERE merged_into = $1",
        house.emre,
    )
    assert (await replay_erasures(tmp_path, now=NOW)).done == 1
    assert await fetch_value(PERSON, house.emre_person) == ""
    assert await fetch_value(PERSON, twin) == ""
    assert await fetch_value("SELECT count(*) FROM customer WHERE name = 'Emre Yıldız'") == 0


TRAIL = (
    "SELECT array_agg(action ORDER BY id) FROM audit_entry WHERE action IN ('erasure.replayed', 'erasure.keys_entered')"
)


async def test_the_trail_tells_who_was_erased_again_and_of_whom_only_the_keys_are_known(
    house: House, emre: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await erased(house, emre, tmp_path)
    await restored(house)
    with monkeypatch.context() as patched:

        async def killed(*_given: object, **_named: object) -> None:
            raise RuntimeError("killed")

        patched.setattr(replaying, "carry_out", killed)
        with pytest.raises(RuntimeError):
            await replay_erasures(tmp_path, now=NOW)
    assert await fetch_value(TRAIL) is None, "nobody was erased yet"
    await replay_erasures(tmp_path, now=NOW + timedelta(hours=1))
    assert await fetch_value(TRAIL) == ["erasure.replayed"]
    await restored(house, "Petersen")
    await later(house)
    await replay_erasures(tmp_path, now=NOW)
    assert await fetch_value(TRAIL) == ["erasure.replayed", "erasure.keys_entered"]


async def test_a_replay_that_another_worker_goes_on_with_is_told_as_one(
    house: House, emre: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await erased(house, emre, tmp_path)
    await restored(house)
    with monkeypatch.context() as patched:

        async def killed(*_given: object, **_named: object) -> None:
            raise RuntimeError("killed")

        patched.setattr(replaying, "carry_out", killed)
        with pytest.raises(RuntimeError):
            await replay_erasures(tmp_path, now=NOW)
    begun = await fetch_value("SELECT id FROM erasure WHERE status = 'running'")
    assert await erase_person(begun, journal=tmp_path, now=NOW + timedelta(hours=1))
    assert await fetch_value(TRAIL) == ["erasure.replayed"]
    assert await fetch_value(PERSON, house.emre_person) == ""


async def test_the_keys_are_there_before_the_replay_begins(
    house: House, emre: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await erased(house, emre, tmp_path)
    await restored(house)

    async def killed(*_given: object, **_named: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(replaying, "carry_out", killed)
    with pytest.raises(RuntimeError):
        await replay_erasures(tmp_path, now=NOW)
    assert await erasures_of(emails=["emre@yildiz.example"]) == [await fetch_value("SELECT id FROM erasure")]
    monkeypatch.undo()
    assert (await replay_erasures(tmp_path, now=NOW + timedelta(hours=1))).done == 1
    assert await erasures_of(emails=["emre@yildiz.example"]) == [await fetch_value("SELECT id FROM erasure")]


async def test_another_houses_journal_means_nobody_here(house: House, emre: int, tmp_path: Path) -> None:
    await erased(house, emre, tmp_path)
    file = the_file(tmp_path)
    noted = msgspec.json.decode(file.read_bytes(), type=Noted)
    file.write_bytes(msgspec.json.encode(msgspec.structs.replace(noted, house="0" * 64)))
    (tmp_path / f"broken{SUFFIX}").write_bytes(b"{")
    await restored(house)
    assert (await replay_erasures(tmp_path, now=NOW)).done == 0
    assert await fetch_value(PERSON, house.emre_person) == "Yıldız"


async def test_an_erasure_that_runs_is_left_to_its_worker(house: House, emre: int, tmp_path: Path) -> None:
    await erased(house, emre, tmp_path)
    claimed = "UPDATE erasure SET status = 'running', claimed_at = $1"
    await execute(claimed, NOW - timedelta(minutes=34))
    assert await replay_erasures(tmp_path, now=NOW) == Replayed(0, 0)
    assert await fetch_value("SELECT claimed_at FROM erasure") == NOW - timedelta(minutes=34)
    assert (await replay_erasures(tmp_path, now=NOW, is_restored=True)).done == 1
    await execute(claimed, NOW - timedelta(minutes=36))
    assert (await replay_erasures(tmp_path, now=NOW)).done == 1
