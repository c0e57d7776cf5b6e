"""What a person can mend is said in one sentence, without a traceback."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest

from crm.cli import main, surroundings
from crm.cli.surroundings import shown
from tests.cli.command import CRM, crm, free_port, refusal
from tests.embedded.playground import clean_environment


def test_occupied_port(open_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for words in (("up", "--data", str(open_folder / "data"), "--port", str(port)), ("serve",)):
            said = refusal(*words, CRM_PORT=str(port), CRM_DATA_DIR=str(open_folder / "data"))
            assert said.startswith(f"Another program listens on 127.0.0.1, port {port}.")
            assert "--port" in said
    assert not (open_folder / "data").exists(), "nothing was started or made"


def test_wrong_option_of_up_is_a_wrong_setting() -> None:
    assert refusal("up", "--port", "eighty") == "CRM_PORT: 'eighty' is not a number from 1 to 65535."


def test_host_that_is_not_here() -> None:
    assert refusal("up", "--host", "192.0.2.1").startswith("The web server cannot listen on 192.0.2.1, port 8080:")
    assert refusal("up", "--host", "no such host").startswith("CRM_HOST: 'no such host' is no address of this machine")


def test_every_wrong_setting_is_named() -> None:
    said = refusal("migrate", CRM_PORT="0", CRM_TIME_ZONE="Mars/Crater")
    assert "CRM_PORT: " in said
    assert "CRM_TIME_ZONE: " in said


@pytest.mark.parametrize("command", ["migrate", "serve", "worker", "up"])
def test_unreachable_database(command: str, open_folder: Path) -> None:
    port = free_port()
    environ = {"CRM_DATABASE_URL": f"postgresql://crm:secret@127.0.0.1:{port}/nahbar", "CRM_PORT": str(free_port())}
    said = refusal(command, **environ, CRM_DATA_DIR=str(open_folder / "data"))
    assert said.startswith(f"The database at postgresql://127.0.0.1:{port}/nahbar cannot be reached:")
    assert said.endswith("Check CRM_DATABASE_URL, and that the server runs.")
    assert "secret" not in said


def test_unreachable_queue() -> None:
    port = free_port()
    environ = {"CRM_DATABASE_URL": "postgresql:///", "CRM_REDIS_URL": f"redis://:secret@127.0.0.1:{port}/0"}
    settings = surroundings.Settings.from_env(environ)
    with pytest.raises(surroundings.Refusal, match=rf"The queue at redis://127.0.0.1:{port}/0 cannot be reached"):
        surroundings.demand_queue(settings)


@pytest.mark.parametrize("command", ["up", "worker"])
def test_missing_pango(command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(surroundings, "PANGO_LIBRARIES", (("Pango", ("libnowhere.so.0",)),))
    for name in ("CRM_DATABASE_URL", "CRM_REDIS_URL", "CRM_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit) as ended:
        main([command])
    assert ended.value.code == 1
    assert "Pango is missing, which the PDF reports need. Install it: " in capsys.readouterr().err


def test_pango_is_found_where_it_is() -> None:
    assert surroundings.missing_libraries() == []


def test_data_folder_that_is_a_file(open_folder: Path) -> None:
    (open_folder / "data").write_text("")
    assert "Set CRM_DATA_DIR (or --data)" in refusal("migrate", CRM_DATA_DIR=str(open_folder / "data"))


def test_wrong_use_of_an_option_is_told_apart() -> None:
    done = crm("up", "--nonsense")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("postgresql://crm:secret@db:5433/nahbar?sslmode=require", "postgresql://db:5433/nahbar"),
        ("unix:///run/valkey.sock?db=1", "unix:///run/valkey.sock"),
        ("postgresql://crm@/nahbar?host=/run", "postgresql:///nahbar"),
    ],
)
def test_addresses_are_shown_without_password(url: str, text: str) -> None:
    assert shown(url) == text


def test_folder_is_said_only_where_nobody_has_named_it(open_folder: Path) -> None:
    data = open_folder / "data"
    plain, named = (
        subprocess.run(
            [*CRM, "migrate", *words],
            env=clean_environment(),
            cwd=open_folder,
            capture_output=True,
            text=True,
            timeout=120,
        )
        for words in ((), ("--data", str(data)))
    )
    assert plain.stderr.startswith(f"Using the data in {data} (another folder: --data DIR).\n"), plain.stderr
    assert named.stderr == "The database is up to date (0 migrations run).\n"
