"""Migrations run once, whoever asks, and never on a database of a newer version."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

from tests.cli.command import CRM, crm, refusal
from tests.embedded.playground import ask, clean_environment, servers_in


def test_several_migrations_at_once_take_turns(data: Path) -> None:
    with servers_in(data) as servers:
        environment = clean_environment(CRM_DATABASE_URL=servers.database_url, CRM_REDIS_URL=servers.redis_url)
        started = [
            subprocess.Popen([*CRM, "migrate"], env=environment, cwd="/", stderr=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        said = [process.communicate(timeout=120)[1] for process in started]
        assert [process.returncode for process in started] == [0, 0, 0], said
        assert sum("(0 migrations run)" in text for text in said) == 2, said
        twice = "SELECT count(*) FROM (SELECT name FROM migration GROUP BY name HAVING count(*) > 1) AS n"
        assert asyncio.run(ask(servers.database_url, twice)) == 0


def test_second_run_has_nothing_to_do(data: Path) -> None:
    first, second = (crm("migrate", CRM_DATA_DIR=str(data)) for _ in range(2))
    assert first.stderr.startswith("Preparing the database ...\n")
    assert first.stderr.count("Preparing") == 1
    assert second.stderr == "The database is up to date (0 migrations run).\n"
    assert crm("migrate", "--quiet", CRM_DATA_DIR=str(data)).stderr == ""


def test_database_of_a_newer_version_is_left_alone(data: Path) -> None:
    assert crm("migrate", CRM_DATA_DIR=str(data)).returncode == 0
    with servers_in(data) as servers:
        newer = "INSERT INTO migration (name, app_name, ran_on) VALUES ('2099-01-01T00:00:00:000001', 'crm', now())"
        asyncio.run(ask(servers.database_url, newer))
    said = refusal("migrate", CRM_DATA_DIR=str(data))
    assert (
        said
        == "The database was changed by a newer version of Nahbar (2099-01-01T00:00:00:000001). Install that version."
    )


def test_catalogues_are_there_after_the_first_run(data: Path) -> None:
    crm("migrate", CRM_DATA_DIR=str(data))
    with servers_in(data) as servers:
        assert asyncio.run(ask(servers.database_url, "SELECT count(*) FROM service_level WHERE code = 'gold'")) == 1
