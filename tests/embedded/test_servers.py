"""The embedded servers start, are found, survive what happens to them, and are gone when they should be."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis import Redis

from crm.embedded.errors import EmbeddedError
from crm.embedded.servers import UP, Servers, ensure
from crm.settings import Settings
from tests.embedded.playground import Holder, ask, eventually, new_folder, processes_in, servers_in, settings_of

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(scope="module")
def running() -> Iterator[Servers]:
    with new_folder() as folder, servers_in(folder / "data") as servers:
        yield servers


async def test_both_servers_answer_on_sockets_and_on_no_port(running: Servers) -> None:
    assert await ask(running.database_url, "SHOW listen_addresses") == ""
    assert await ask(running.database_url, "SELECT current_user || '@' || current_database()") == "crm@nahbar"
    with Redis.from_url(running.redis_url) as queue:
        assert queue.ping()
        assert queue.config_get("port") == {"port": "0"}


async def test_owner_of_the_database_is_no_superuser_and_may_create_the_extensions(running: Servers) -> None:
    assert await ask(running.database_url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    for extension in ("pg_trgm", "unaccent", "btree_gin", "fuzzystrmatch"):
        await ask(running.database_url, f"CREATE EXTENSION {extension}")
    # with another lc_ctype, pg_trgm would drop the umlauts
    assert await ask(running.database_url, "SELECT cardinality(show_trgm('ß'))") == 2
    assert await ask(running.database_url, "SELECT lower('ÄÖÜ')") == "äöü"


async def test_only_the_two_roles_of_the_program_can_log_in(running: Servers) -> None:
    with pytest.raises(asyncpg.PostgresError):
        await ask(running.database_url.replace("crm@", "somebody@"), "SELECT 1")


def test_sockets_and_data_are_closed_to_other_users(running: Servers) -> None:
    assert running.home is not None
    for name in ("postgres", "valkey", "run", "log"):
        assert (running.home.folder / name).stat().st_mode & 0o77 == 0, name


async def test_data_are_still_there_after_a_second_start(data: Path) -> None:
    with servers_in(data) as servers:
        await ask(servers.database_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        with Redis.from_url(servers.redis_url) as queue:
            queue.set("kept", "42")
    with servers_in(data) as servers:
        assert await ask(servers.database_url, "SELECT answer FROM kept") == 42
        with Redis.from_url(servers.redis_url) as queue:
            assert queue.get("kept") == b"42"


@on_linux
def test_nothing_is_left_running_afterwards(data: Path) -> None:
    with servers_in(data):
        assert len(processes_in(data)) > 2
    assert processes_in(data) == []


def test_addresses_are_in_the_environment_only_while_they_are_good(data: Path) -> None:
    environ = {"CRM_REDIS_URL": "unix:///before"}
    with ensure(settings_of(data), environ=environ, durable=False) as servers:
        assert environ == {"CRM_DATABASE_URL": servers.database_url, "CRM_REDIS_URL": servers.redis_url}
    assert environ == {"CRM_REDIS_URL": "unix:///before"}


def test_external_addresses_start_nothing(open_folder: Path) -> None:
    environ = {"CRM_DATA_DIR": str(open_folder / "data"), "CRM_DATABASE_URL": "postgresql://db/x"}
    environ["CRM_REDIS_URL"] = "redis://queue"
    with ensure(Settings.from_env(environ), environ={}) as servers:
        assert (servers.database_url, servers.redis_url) == ("postgresql://db/x", "redis://queue")
        assert servers.started == {}
    assert not (open_folder / "data").exists()


def test_external_database_with_embedded_queue(open_folder: Path) -> None:
    environ = {"CRM_DATA_DIR": str(open_folder / "data"), "CRM_DATABASE_URL": "postgresql://db/x"}
    with ensure(Settings.from_env(environ), environ={}, durable=False) as servers:
        assert list(servers.started) == ["Valkey"]
        assert servers.database_url == "postgresql://db/x"
    assert not (open_folder / "data" / "postgres").exists()


def test_second_command_joins_the_servers_of_the_first(data: Path) -> None:
    with Holder(data) as first:
        said = first.line()
        with servers_in(data) as servers:
            assert said.startswith(f"ready {servers.database_url} [")
            assert servers.started == {}
            assert asyncio.run(ask(servers.database_url, "SELECT 1")) == 1


def test_first_command_waits_for_those_who_joined(data: Path) -> None:
    with Holder(data) as first:
        first.line()
        with Holder(data) as second:
            address = second.line().split()[1]
            first.close()
            assert not eventually(lambda: first.process.poll() is not None, 1.0)
            assert asyncio.run(ask(address, "SELECT 1")) == 1
            assert second.leave() == "left"
        assert eventually(lambda: first.process.poll() == 0)


def test_ten_commands_at_once_on_a_new_folder_all_get_the_same_database(open_folder: Path) -> None:
    holders = [Holder(open_folder / "data") for _ in range(10)]
    try:
        said = [holder.line().split() for holder in holders]
        assert len({words[1] for words in said}) == 1
        assert sum(words[2] != "[]" for words in said) == 1, "one of them has started the servers"
        for holder in holders:
            holder.close()
        assert all(holder.process.wait(60) == 0 for holder in holders)
    finally:
        for holder in holders:
            holder.__exit__()


def test_second_up_is_refused_and_told_where_the_first_one_is(data: Path) -> None:
    with Holder(data, UP) as first:
        assert first.line().startswith("ready")
        with Holder(data, UP) as second:
            assert second.line().startswith("refused Nahbar runs already with these data, at http://here")


def test_up_waits_for_a_short_command(data: Path) -> None:
    with Holder(data) as short:
        short.line()
        with Holder(data, UP) as up:
            short.close()
            assert "[]" not in up.line(), "it has started servers of its own"


@pytest.mark.parametrize("watch", ["kernel", "watchdog"])
@on_linux
def test_killed_parent_leaves_nothing_that_blocks_the_next_start(data: Path, watch: str) -> None:
    with Holder(data, UP, watch=watch) as first:
        address = first.line().split()[1]
        asyncio.run(ask(address, "CREATE TABLE kept AS SELECT 42 AS answer"))
        first.kill()
    with Holder(data, UP, watch=watch) as second:
        assert second.line().split()[:2] == ["ready", address]
        assert asyncio.run(ask(address, "SELECT answer FROM kept")) == 42
        assert second.leave() == "left"
    assert eventually(lambda: processes_in(data) == [])


@on_linux
def test_killed_servers_and_parent_leave_nothing_that_blocks_the_next_start(data: Path) -> None:
    with Holder(data, UP) as first:
        _, address, *pids = first.line().replace("[", "").replace("]", "").replace(",", "").split()
        for pid in pids:
            os.kill(int(pid), 9)
        first.kill()
    with Holder(data, UP) as second:
        assert second.line().split()[:2] == ["ready", address]


def test_servers_that_ended_are_started_again(data: Path) -> None:
    with servers_in(data) as servers:
        for server in servers.started.values():
            server.process.kill()
            server.process.wait()
        servers.start()
        assert asyncio.run(ask(servers.database_url, "SELECT 1")) == 1
        with Redis.from_url(servers.redis_url) as queue:
            assert queue.ping()


def test_old_process_number_that_belongs_to_another_program_by_now(open_folder: Path, data: Path) -> None:
    with servers_in(data) as servers:
        assert servers.home is not None
        cluster, sockets = servers.home.cluster, Path(servers.database_url.partition("host=")[2])
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    with Holder(open_folder / "other") as alive:  # a process of the servers' user, as PostgreSQL would look for
        number = alive.line().partition("[")[2].partition(",")[0]
        (cluster / "postmaster.pid").write_text("\n".join([number, *lines[1:]]) + "\n")
        (sockets / ".s.PGSQL.5432.lock").write_text(f"{number}\n")
        with servers_in(data) as servers:
            assert asyncio.run(ask(servers.database_url, "SELECT 1")) == 1


def test_damaged_queue_is_put_aside(data: Path) -> None:
    with servers_in(data) as servers, Redis.from_url(servers.redis_url) as queue:
        for number in range(100):
            queue.set(f"key{number}", "value" * 20)
    (log,) = (data / "valkey").glob("**/*.incr.aof")
    content = log.read_bytes()
    log.write_bytes(content[:1000] + b"nonsense" * 20 + content[1000:])
    with servers_in(data) as servers, Redis.from_url(servers.redis_url) as queue:
        assert queue.dbsize() == 0
    assert (data / "valkey.damaged").is_dir()


def test_interrupted_first_start_is_made_good(open_folder: Path) -> None:
    half = open_folder / "data" / "postgres.part"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with servers_in(open_folder / "data") as servers:
        assert asyncio.run(ask(servers.database_url, "SELECT 1")) == 1
    assert not half.exists()


def test_data_of_another_version_are_refused_with_what_to_do(data: Path) -> None:
    with servers_in(data):
        pass
    (data / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedError, match=r"written by PostgreSQL 17.*crm backup"), servers_in(data):
        pass


def test_server_that_cannot_start_says_why(data: Path) -> None:
    with servers_in(data):
        pass
    settings = data / "postgres" / "postgresql.conf"
    settings.write_text(settings.read_text() + "\nno_such_setting = on\n")
    with pytest.raises(EmbeddedError, match=r"did not start.*Its log is"), servers_in(data):
        pass
