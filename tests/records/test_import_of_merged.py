"""A row of somebody who was merged into another customer is about that one."""

from __future__ import annotations

import pytest

from crm.database import execute, fetch, fetch_value
from crm.records.merging import Wish, merge_customers
from crm.records.tables import Rule
from crm.records.targets import ImportKind
from tests.records.conftest import NOW, Write, bring_in, counts_of, lines_of

PERSONS = "Kundennummer;Vorname;Nachname;E-Mail;Ort;Bemerkung\n"
FIRMS = "Kundennummer;Firma;Vorname;Nachname;person_external_id;Gehört zu\n"


async def merged_into(one: str, other: str) -> None:
    """Merge the customer with the first external number into that with the second."""
    ids = {row.external_id: row.id for row in await fetch("SELECT id, external_id FROM customer")}
    await merge_customers(Wish(ids[other], ids[one]), by=None, now=NOW)


@pytest.fixture
async def chain(own_database: str, write: Write) -> int:
    """Three that were one: 1 was merged into 2, which was merged into 3; the surviving customer's id."""
    names = "".join(f"{n};Emre;Yıldız{n};e{n}@y.example;Ulm;alt\n" for n in (1, 2, 3))
    await bring_in(write(PERSONS + names))
    await merged_into("1", "2")
    await merged_into("2", "3")
    return int(await fetch_value("SELECT id FROM customer WHERE external_id = '3'"))


async def test_a_number_that_was_merged_away_leads_to_the_surviving_customer(chain: int, write: Write) -> None:
    again = write(PERSONS + "1;Emre;Ganz Neu;;Ulm;neu\n")
    skipped = await bring_in(again)
    (line,) = await lines_of(skipped)
    assert (line.outcome, line.reason, line.customer) == ("skipped", "external_id", chain)
    changed = await bring_in(again, rule=Rule.UPDATE)
    (line,) = await lines_of(changed)
    assert (line.outcome, line.customer) == ("updated", chain)
    numbers = await fetch(
        "SELECT external_id, brief, deleted_at IS NULL AS is_there FROM customer ORDER BY external_id"
    )
    assert [tuple(row) for row in numbers] == [("1", "alt", False), ("2", "alt", False), ("3", "neu", True)]
    assert await fetch_value("SELECT count(*) FROM customer") == 3


async def test_a_surviving_customer_without_a_number_does_not_take_the_merged_ones(chain: int, write: Write) -> None:
    await execute("UPDATE customer SET external_id = NULL WHERE id = $1", chain)
    run = await bring_in(write(PERSONS + "1;Emre;Yıldız;;Ulm;neu\n"), rule=Rule.UPDATE)
    assert await counts_of(run) == {"updated": 1}
    assert await fetch_value("SELECT brief FROM customer WHERE id = $1", chain) == "neu"
    assert await fetch_value("SELECT external_id FROM customer WHERE id = $1", chain) is None


async def test_the_very_same_row_of_a_merged_customer_is_known(chain: int, write: Write) -> None:
    run = await bring_in(write(PERSONS + "1;Emre;Yıldız1;e1@y.example;Ulm;alt\n"))
    (line,) = await lines_of(run)
    assert (line.outcome, line.reason, line.customer) == ("skipped", "same_row", chain)


async def test_contacts_and_branches_of_a_merged_organisation(own_database: str, write: Write) -> None:
    await bring_in(write(FIRMS + "N;Nord GmbH;Anna;Berg;P1;\nS;Süd GmbH;Max;Alt;P2;\n"))
    await merged_into("N", "S")
    south = await fetch_value("SELECT id FROM customer WHERE external_id = 'S'")
    run = await bring_in(write(FIRMS + "N;Nord GmbH;Ina;Neu;P3;\nN;Nord GmbH;Anna;Berg;P1;\nF;Filiale;;;;N\n"))
    assert [(row.outcome, row.customer) for row in await lines_of(run)][:2] == [("joined", south), ("skipped", south)]
    assert await fetch_value("SELECT parent FROM customer WHERE external_id = 'F'") == south
    calls = write("Externe Nummer;Datum;Kanal;Text\nN;03.11.2025;Anruf;Hallo\nP1;03.11.2025;Anruf;Anna\n", "k.csv")
    assert await counts_of(await bring_in(calls, kind=ImportKind.INTERACTIONS)) == {"created": 2}
    assert await fetch_value("SELECT array_agg(DISTINCT customer) FROM interaction") == [south]


async def test_who_was_merged_into_somebody_deleted_or_restricted_is_left_out(chain: int, write: Write) -> None:
    row = write(PERSONS + "1;Emre;Yıldız;;Ulm;neu\n")
    await execute("UPDATE customer SET restricted_at = now() WHERE id = $1", chain)
    (line,) = await lines_of(await bring_in(row, rule=Rule.UPDATE))
    assert (line.outcome, line.reason, line.customer) == ("skipped", "restricted", None)
    await execute("UPDATE customer SET restricted_at = NULL, deleted_at = now() WHERE id = $1", chain)
    (line,) = await lines_of(await bring_in(row, rule=Rule.UPDATE))
    assert (line.outcome, line.reason) == ("skipped", "deleted")
