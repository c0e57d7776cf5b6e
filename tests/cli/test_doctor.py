"""The doctor finds what is wrong, says how to mend it, and makes nothing worse by looking."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from crm.cli.doctor import _forgotten
from tests.cli.command import crm, free_port


def doctor(**environ: str) -> tuple[int, str]:
    done = crm("doctor", **{"CRM_PORT": str(free_port())} | environ)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def test_new_machine_is_well_and_nothing_is_made(open_folder: Path) -> None:
    status, said = doctor(CRM_DATA_DIR=str(open_folder / "data"))
    assert status == 0
    assert f"none yet in {open_folder}/data" in said
    assert not (open_folder / "data").exists()


def test_pending_migrations_and_missing_administrator(data: Path) -> None:
    status, said = doctor(CRM_DATA_DIR=str(data))
    assert status == 1
    assert "have not run yet\n" in said
    assert "-> crm migrate" in said
    crm("migrate", CRM_DATA_DIR=str(data))
    status, said = doctor(CRM_DATA_DIR=str(data))
    assert status == 1
    assert "-> crm user add you@example.com --role administrator" in said
    crm("user", "add", "anna@example.com", "--role", "administrator", CRM_DATA_DIR=str(data))
    status, said = doctor(CRM_DATA_DIR=str(data))
    assert status == 0, said
    assert "note   Mail:         no outgoing mail server is set" in said


def test_occupied_port_and_wrong_names(open_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        status, said = doctor(CRM_DATA_DIR=str(open_folder / "data"), CRM_PORT=port, CRM_NONSENSE="1")
    assert status == 1
    assert f"wrong  Port:         Another program listens on 127.0.0.1, port {port}\n" in said
    assert "-> Stop it, or choose another port" in said
    assert "CRM_NONSENSE is not a setting." in said


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("CRM_PORT", "eighty", "CRM_PORT: 'eighty' is not a number"),
        (
            "CRM_DATABASE_URL",
            "postgresql://crm:secret@127.0.0.1:1/x",
            "The database at postgresql://127.0.0.1:1/x cannot",
        ),
        ("CRM_HOST", "192.0.2.1", "The web server cannot listen on 192.0.2.1"),
    ],
)
def test_wrong_setting_is_found(open_folder: Path, name: str, value: str, found: str) -> None:
    status, said = doctor(
        **{"CRM_DATA_DIR": str(open_folder / "data"), "CRM_REDIS_URL": "redis://127.0.0.1:1"} | {name: value}
    )
    assert status == 1
    assert found in said
    assert "secret" not in said


def test_lost_data_are_named(open_folder: Path) -> None:
    (open_folder / "data").mkdir()
    (open_folder / "data" / "location").write_text(f"{open_folder}/nowhere\n")
    status, said = doctor(CRM_DATA_DIR=str(open_folder / "data"))
    assert status == 1
    assert "-> Put them back, or remove" in said


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, None),
        (1, "/var/lib/nahbar/a0 belongs to a data folder that is gone."),
        (2, "2 folders in /var/lib/nahbar belong to data folders that are gone: a0, a1"),
        (40, "40 folders in /var/lib/nahbar belong to data folders that are gone: a0, a1, a2, ..."),
    ],
)
def test_many_forgotten_folders_are_one_finding(monkeypatch: pytest.MonkeyPatch, count: int, text: str | None) -> None:
    folders = [Path(f"/var/lib/nahbar/a{number}") for number in range(count)]
    monkeypatch.setattr("crm.cli.doctor.forgotten_homes", lambda: folders)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert [finding.text for finding in _forgotten()] == ([text] if text else [])
