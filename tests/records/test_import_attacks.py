"""Files and wishes that somebody makes up to hurt: refused quickly, with a sentence, and silent about whom the law protects."""

from __future__ import annotations

import time
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from crm.database import decoded, execute, fetch
from crm.records.hidden_rows import _PERSON_NAMES
from crm.records.import_queries import lines_of_run, run_named
from crm.records.mending import mending_file
from crm.records.reading import Choices, FileProblem, open_table
from crm.records.targets import ImportKind
from tests.records.conftest import Write, bring_in, counts_of, run_of


def workbook(parts: int = 0, **cells: str) -> bytes:
    book = Workbook()
    sheet: Any = book.active
    sheet.append(["Firma", "Ort"])
    sheet.append(["Nord", "Kiel"])
    for place, value in cells.items():
        sheet[place] = value
    out = BytesIO()
    book.save(out)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed:
        for n in range(parts):
            packed.writestr(f"x/{n}.xml", "<a/>")
    return out.getvalue()


def refused(path: Path, **choices: str) -> str:
    with pytest.raises(FileProblem) as problem:
        open_table(path, Choices(**choices))
    return problem.value.code


def test_a_packed_file_of_many_parts_is_refused_unread(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    from crm.records import reading_workbook

    path = write(workbook(parts=20_000), "a.xlsx")
    began = time.process_time()
    with pytest.raises(FileProblem, match="workbook_too_large"):
        reading_workbook.unpacked_size(path)
    assert time.process_time() - began < 0.2, "its list is not even read"
    assert refused(path) == "workbook_too_large"
    lying = path.read_bytes()
    end = lying.rindex(b"PK\x05\x06")
    path.write_bytes(lying[: end + 8] + b"\x03\x00\x03\x00" + lying[end + 12 :])
    assert refused(path) == "workbook_too_large", "the size of the list tells, whatever the number says"


def test_a_cell_far_away_is_refused_and_one_below_is_none(write: Write) -> None:
    assert refused(write(workbook(XFD1048576="x"), "a.xlsx")) == "workbook_too_large"
    table = open_table(write(workbook(B400000="weit"), "b.xlsx"))
    assert [row.cells for row in table.rows()] == [("Nord", "Kiel"), ("", "weit")]


@pytest.mark.parametrize("sheet", ["Sheet\x00", "\x00", "Blatt\ud800", "Gibt es nicht"])
def test_a_sheet_that_there_cannot_be_is_refused_with_a_sentence(write: Write, sheet: str) -> None:
    assert refused(write(workbook(), "a.xlsx"), sheet=sheet) == "no_such_sheet"


@pytest.mark.parametrize("separator", ["a", "7", " ", "@", "-", '"', "\x00", "\n", ";;", "ß", "\ud800"])
def test_what_values_are_made_of_separates_nothing(write: Write, separator: str) -> None:
    assert refused(write("Firma;Ort\nNord;Kiel\n"), delimiter=separator) == "no_separator"


def test_a_file_that_names_a_senseless_separator_is_read_by_what_it_is(write: Write) -> None:
    assert open_table(write("sep=a\nFirma;Strasse\nNord;Gasse\n")).columns == ("Firma", "Strasse")
    assert open_table(write("sep=^\nFirma^Ort\nNord^Kiel\n")).columns == ("Firma", "Ort")


PEOPLE = "Kundennummer;Vorname;Nachname;E-Mail;Telefon;Geburtstag\n"
WRONG = (
    "9;Emre;Yıldız;emre@y.example;;irgendwann\n;Emre;Y.;EMRE@y.example;;irgendwann\n;E.;Y.;;0171 2204512;irgendwann\n"
    ";Emre;Yıldız;;;irgendwann\n;Anna;Berg;;;irgendwann\n10;Emre;Yıldız;anderer@y.example;;irgendwann\n"
)


async def test_a_file_to_mend_is_silent_about_who_is_restricted_since(own_database: str, write: Write) -> None:
    await bring_in(write(PEOPLE + "9;Emre;Yıldız;emre@y.example;0171 2204512;\n"))
    run = await bring_in(write(PEOPLE + WRONG))
    assert await counts_of(run) == {"wrong": 6}

    async def told() -> tuple[str, list[str]]:
        columns = decoded((await run_of(run)).columns)
        file = b"".join([part async for part in mending_file(run, columns)]).decode()
        lines, _more = await lines_of_run(await run_named(run))
        return file, [line.label for line in lines]

    file, labels = await told()
    assert (file.count("irgendwann"), labels.count("")) == (6, 0)
    for table in ("customer", "person"):
        await execute(f"UPDATE {table} SET restricted_at = now()")
        file, labels = await told()
        assert labels == ["", "", "", "", "Anna Berg", "Emre Yıldız"], (
            "a namesake with another number and address is another"
        )
        assert [line.split(";")[1] for line in file.splitlines()[1:]] == ["Anna", "Emre"]
        assert "emre@y.example" not in file.lower()
        await execute(f"UPDATE {table} SET restricted_at = NULL")


@pytest.mark.parametrize("table", ["customer", "person"])
async def test_a_row_that_is_wrong_because_of_its_telephone_hides_its_person(
    own_database: str, write: Write, table: str
) -> None:
    """What cannot be read says nothing, so the name counts; folded as everywhere."""
    await bring_in(write(PEOPLE + "9;Emre;Größmann;emre@y.example;0171 2204512;\n"))
    run = await bring_in(
        write(PEOPLE + ";Emre;GROSSMANN;;keine Ahnung;\n;EMRE;GRÖSSMANN;das ist keine;;\n;Anna;Berg;;keine;\n")
    )
    assert await counts_of(run) == {"wrong": 3}
    await execute(f"UPDATE {table} SET restricted_at = now()")
    labels = [line.label for line in (await lines_of_run(await run_named(run)))[0]]
    assert labels == ["", "", "Anna Berg"]
    assert await mended(run) == ["Anna"]


async def test_a_row_of_a_restricted_organisation_is_hidden_by_its_name_alone(own_database: str, write: Write) -> None:
    head = "Kundennummer;Firma;Vorname;Nachname;E-Mail\n"
    await bring_in(write(head + "1;Nord Küchen GmbH;;;\n2;Süd GmbH;;;\n"))
    run = await bring_in(
        write(
            head
            + ";NORD-Küchen gmbh;Anna;;kein Mail\n"
            + ";Nord Küchen GmbH;Ben;;kein Mail\n7;Nord Küchen GmbH;Cem;;kein Mail\n;Süd GmbH;Dora;;kein Mail\n"
        )
    )
    assert await counts_of(run) == {"wrong": 4}
    await execute("UPDATE customer SET restricted_at = now() WHERE external_id = '1'")
    assert await mended(run, 2) == ["Cem", "Dora"], "another number is another organisation"


async def test_who_is_restricted_is_found_without_looking_through_everybody(own_database: str) -> None:
    await execute(
        "INSERT INTO person (given_name, family_name, form_of_address, language, version) "
        "SELECT 'Anna', 'Berg', 'neutral', 'de', 1 FROM generate_series(1, 5000)"
    )
    await execute("ANALYZE person")
    plan = "\n".join(row[0] for row in await fetch(f"EXPLAIN {_PERSON_NAMES}"))
    assert "Seq Scan on person" not in plan
    assert "ix_person_restricted" in plan


async def mended(run: int, place: int = 1) -> list[str]:
    """A column of the rows that are in the file to mend."""
    columns = decoded((await run_of(run)).columns)
    file = b"".join([part async for part in mending_file(run, columns)]).decode()
    return [line.split(";")[place] for line in file.splitlines()[1:]]


async def test_it_is_silent_about_their_contacts_and_orders_too(own_database: str, write: Write) -> None:
    await bring_in(write(PEOPLE + "9;Emre;Yıldız;emre@y.example;;\n"))
    run = await bring_in(
        write("Bestellnummer;Kundennummer;Bestelldatum;Betrag\nA;9;gestern;1\nB;7;gestern;1\n"), kind=ImportKind.ORDERS
    )
    await execute("UPDATE customer SET restricted_at = now()")
    columns = decoded((await run_of(run)).columns)
    file = b"".join([part async for part in mending_file(run, columns)]).decode()
    assert [line.split(";")[0] for line in file.splitlines()[1:]] == ["B"]
