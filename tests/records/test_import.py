"""Customers from a CSV file, in a database of their own: each row commits by itself."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crm.database import fetch, fetch_value
from crm.embedded.servers import Servers
from crm.errors import Invalid
from crm.records.actions import Outcome, import_customers
from crm.records.importing import read_csv
from tests.customers.conftest import NOW

ROOT = Path(__file__).parent.parent.parent
GOOD = "kind;name;given_name;family_name;email;city;external_id;phone\n"


async def test_good_rows_come_in_and_wrong_ones_are_named(own_database: str, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(
        GOOD
        + "organisation;Größmann GmbH;;;info@groessmann.example;Nürnberg;1;0911 551230\n"
        + "organisation;;;;;Köln;2;\n"
        + '\nperson;;Anna;"Müller\nvon Berg";kaputt;;3;abc\n'
        + ";;Emre;Yıldız;emre@yildiz.example;Fürth;4;\n"
        + "organisation;Zu viel;;;;;5;;;x\n"
    )
    steps: list[tuple[int, int]] = []
    result = await import_customers(file, by=None, now=NOW, progress=lambda done, total: steps.append((done, total)))
    assert [(row.line, row.outcome, set(row.errors)) for row in result.rows] == [
        (2, Outcome.CREATED, set()), (3, Outcome.WRONG, {"name"}), (5, Outcome.WRONG, {"email", "phone"}), (7, Outcome.CREATED, set()),
        (8, Outcome.WRONG, {""}),
    ]  # fmt: skip
    assert steps[-1] == (5, 5)
    rows = await fetch("SELECT name, kind FROM customer ORDER BY id")
    assert [(row.name, row.kind) for row in rows] == [("Größmann GmbH", "organisation"), ("Emre Yıldız", "person")]
    again = await import_customers(file, by=None, now=NOW)
    assert again.count(Outcome.KNOWN) == 2
    assert await fetch_value("SELECT count(*) FROM customer") == 2


async def test_a_row_refused_by_the_database_leaves_nothing_behind(own_database: str, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("name,external_id\nErste,1\nZweite,1\nDritte,\n")
    result = await import_customers(file, by=None, now=NOW)
    assert [row.outcome for row in result.rows] == [Outcome.CREATED, Outcome.KNOWN, Outcome.CREATED]
    assert await fetch_value("SELECT count(*) FROM customer_figures") == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_files_of_every_office_are_read(encoding: str, separator: str) -> None:
    text = f"Name{separator}CITY\nMüller{separator}Köln\n"
    file = read_csv(text.encode(encoding))
    assert file.columns == ("name", "city")
    assert file.rows[0].values == {"name": "Müller", "city": "Köln"}


@pytest.mark.parametrize("text", ["", "\n\n", "name;shoe_size\nx;1\n", "name;name\nx;y\n", "name;\nx;\n"])
def test_file_that_cannot_be_understood_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_csv(text.encode())


def test_unknown_header_is_named_with_the_place_of_an_example() -> None:
    with pytest.raises(Invalid) as error:
        read_csv("name;Straße;PLZ\nKern;Gasse;1\n".encode())
    assert error.value.errors["file"].startswith("Unbekannte Spalten: straße, plz. Bekannt sind: kind, name,")
    assert "docs/api.md" in error.value.errors["file"]


async def test_the_example_of_the_documents_comes_in(own_database: str, tmp_path: Path) -> None:
    example = (ROOT / "docs/api.md").read_text(encoding="utf-8").partition("```csv\n")[2].partition("```")[0]
    file = tmp_path / "example.csv"
    file.write_text(example, encoding="utf-8")
    result = await import_customers(file, by=None, now=NOW)
    assert [row.errors for row in result.rows] == [{}, {}]
    file.write_text("kind;name\nfirma;Kern\n")
    (row,) = (await import_customers(file, by=None, now=NOW)).rows
    assert row.errors == {"kind": "„firma“ gibt es hier nicht. Möglich sind: organisation, person."}


def _crm_import(file: Path, servers: Servers, url: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "CRM_DATABASE_URL": url, "CRM_REDIS_URL": servers.redis_url}
    command = [sys.executable, "-m", "crm", "import", str(file)]
    return subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60)


async def test_command_says_what_came_in_and_what_is_wrong(own_database: str, servers: Servers, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("kind,name,email\norganisation,Käserei Öhl,info@oehl.example\norganisation,Zweite,kaputt\n")
    done = await asyncio.to_thread(_crm_import, file, servers, own_database)
    assert done.returncode == 1
    assert done.stdout == "1 created, 0 there already, 1 wrong.\n"
    assert "line 3, email:" in done.stderr
    assert "Traceback" not in done.stderr
    assert await fetch_value("SELECT name FROM customer") == "Käserei Öhl"
