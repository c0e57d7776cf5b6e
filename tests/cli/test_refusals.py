"""What a person can mend is said in one sentence, without a traceback."""

from __future__ import annotations

import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crm.cli import main, surroundings
from crm.cli.port import Answer, is_nahbar_there
from crm.cli.surroundings import shown
from crm.embedded.servers import UP
from tests.cli.command import CRM, crm, free_port, refusal
from tests.embedded.playground import Holder, clean_environment


def test_occupied_port(open_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for words in (("up", "--data", str(open_folder / "data"), "--port", str(port)), ("serve",)):
            said = refusal(*words, CRM_PORT=str(port), CRM_DATA_DIR=str(open_folder / "data"))
            assert said.startswith(f"Another program listens on 127.0.0.1, port {port}.")
            assert "--port" in said
    assert not (open_folder / "data").exists(), "nothing was started or made"


def test_second_up_at_the_same_port_is_told_of_the_first_and_not_of_the_port(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as first, Holder(data, UP) as holder:
        assert holder.line().startswith("ready")
        said = refusal("up", "--data", data, "--port", str(first.getsockname()[1]))
    assert said.startswith(f"Nahbar runs already with these data, at http://here (process {holder.process.pid}).")


@pytest.mark.parametrize(
    ("status", "text", "ours"),
    [
        (200, '{"status":"ready","missing":[]}', True),
        (503, '{"status":"unready","missing":["queue"]}', True),
        (503, '{"status":"ready","missing":[]}', False),
        (200, '{"status":"ok"}', False),
        (200, "[]", False),
        (200, "<html>", False),
        (0, "Connection refused", False),
    ],
)
def test_nahbar_is_known_by_its_answer(status: int, text: str, ours: bool) -> None:
    assert Answer(status, text).is_nahbar is ours


def test_nobody_answers_on_a_host_that_is_not_here() -> None:
    assert not is_nahbar_there(surroundings.Settings.from_env({"CRM_HOST": "no such host"}))


def test_month_is_looked_at_before_servers_are_started(open_folder: Path) -> None:
    words = ("report", "2026-13", "-o", open_folder / "report.pdf")
    said = refusal(*words, CRM_DATA_DIR=str(open_folder / "data"))
    assert said == "'2026-13' is no month. Write it like 2026-10."
    assert not (open_folder / "data").exists()


def test_folders_are_named_without_detours(open_folder: Path) -> None:
    (open_folder / "file").write_text("")
    assert f"folder {open_folder}/file " in refusal("migrate", CRM_DATA_DIR=f"{open_folder}/nahbar/../file")
    said = refusal("backup", f"{open_folder}/a/../none/b.dump", CRM_DATA_DIR=str(open_folder / "data"))
    assert said == f"There is no folder {open_folder}/none."


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


def test_reason_is_told_in_words_and_not_in_those_of_the_operating_system(open_folder: Path) -> None:
    def said_at(address: str) -> str:
        return refusal("migrate", CRM_DATABASE_URL=address, CRM_REDIS_URL="redis://127.0.0.1:1").partition(": ")[2]

    end = "Check CRM_DATABASE_URL, and that the server runs."
    port = free_port()
    for host in ("127.0.0.1", "localhost"):
        assert said_at(f"postgresql://crm@{host}:{port}/x") == f"nothing listens there. {end}"
    assert said_at("postgresql://crm@no-such-host.invalid/x") == f"no machine of that name is known. {end}"
    missing = f"there is no such socket, or no certificate where the address says. {end}"
    assert said_at(f"postgresql://crm@/x?host={open_folder}") == missing
    assert said_at(f"postgresql://crm@127.0.0.1/x?sslmode=verify-full&sslrootcert={open_folder}/no.pem") == missing
    with answering(b"N") as port:  # no encryption
        assert said_at(f"postgresql://crm@127.0.0.1:{port}/x?sslmode=require").startswith("it offers no encryption, ")
    with answering(b"") as port:
        assert said_at(f"postgresql://crm@127.0.0.1:{port}/x?sslmode=disable") == f"it closed the connection. {end}"


@contextmanager
def answering(reply: bytes) -> Iterator[int]:
    """A server that gives everybody this answer and then hangs up."""

    class Reply(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(1000)
            self.request.sendall(reply)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Reply) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def test_unreachable_queue() -> None:
    port = free_port()
    environ = {"CRM_DATABASE_URL": "postgresql:///", "CRM_REDIS_URL": f"redis://:secret@127.0.0.1:{port}/0"}
    settings = surroundings.Settings.from_env(environ)
    with pytest.raises(
        surroundings.Refusal, match=rf"The queue at redis://127.0.0.1:{port}/0 cannot be reached: nothing"
    ):
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
