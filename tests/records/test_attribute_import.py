"""Columns of a file that are attributes of the catalogue: what has a basis is kept, what has none is left out and told."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from crm.consents.tables import ConsentEventKind as Event
from crm.customers.actions import create_organisation
from crm.customers.data import OrganisationData
from crm.customers.queries import service_level_codes
from crm.database import decoded, execute, fetch, fetch_value
from crm.embedded.servers import Servers
from crm.errors import Invalid
from crm.profiles.defining import define_attribute
from crm.profiles.forms import AttributeData
from crm.profiles.queries import definitions
from crm.profiles.tables import About, AttributeKind, ValueType
from crm.profiles.writing import Wish, write_attribute
from crm.records.attribute_writing import AttributeChunks
from crm.records.chunks import Line
from crm.records.imports import Settings, assign_columns, receive_import
from crm.records.parsing import Plan, fingerprint, parse
from crm.records.reading import RawRow
from crm.records.tables import Outcome, Rule
from crm.records.targets import ImportKind
from crm.records.undoing import UndoPlan, plan_undo, request_undo, undo_import
from crm.records.undoing_words import why_kept
from tests.browser import Browser
from tests.cast import Cast
from tests.profiles.conftest import HEALTH, says
from tests.records.conftest import NOW, Write, bring_in, counts_of, errors_of, lines_of, run_of
from tests.records.test_import import _crm_import
from tests.records.test_import_pages import choices_on, upload

FIRMS = "Kundennummer;Firma;Nachname;Branche;Beschäftigte\n"
PERSONS = "Kundennummer;Vorname;Nachname;Entscheidet nach;Haushaltsgröße;Treffen am;Newsletter gedruckt\n"


def defined(code: str, name: str, data_type: ValueType, **more: Any) -> AttributeData:
    values = {
        "kind": AttributeKind.SOCIO_DEMOGRAPHIC, "about": About.PERSON, "purpose": "service",
        "legal_basis": "legitimate_interest", "basis_note": "Wir wollen passend beraten", **more,
    }  # fmt: skip
    return AttributeData(code=code, name_de=name, name_en=code, data_type=data_type, **values)


@pytest.fixture
async def catalogue(own_database: str) -> None:
    """Beside those that a company starts with: a number, a date and a yes or no about persons, each on legitimate interest."""
    for one in (
        defined("household", "Haushaltsgröße", ValueType.NUMBER), defined("met_on", "Treffen am", ValueType.DATE),
        defined("printed", "Newsletter gedruckt", ValueType.YES_NO), HEALTH,
    ):  # fmt: skip
        await define_attribute(one, by=None, now=NOW)


async def stored() -> list[tuple[Any, ...]]:
    rows = await fetch(
        "SELECT a.code, v.person IS NULL AS is_own, coalesce(v.text, v.number::float8::text, v.on_date::text, v.flag::text) AS value "
        "FROM attribute_value v JOIN attribute a ON a.id = v.attribute ORDER BY v.id"
    )
    return [tuple(row) for row in rows]


async def notes_of(run: int, language: str = "de") -> list[str]:
    return [note[1][language] for row in await lines_of(run) for note in decoded(row.detail).get("notes", ())]


async def undo(run_id: int) -> UndoPlan:
    plan = await plan_undo(run_id, now=NOW)
    await request_undo(run_id, by=None, now=NOW)
    assert await undo_import(run_id, now=NOW)
    return plan


@pytest.mark.usefixtures("catalogue")
async def test_attributes_of_organisations_and_persons_come_in(write: Write) -> None:
    run = await bring_in(
        write(FIRMS + "1;Nord GmbH;;Handwerk;1.250\n2;Süd GmbH;;trade;12\n3;West AG;;Public sector;\n")
    )
    assert decoded((await run_of(run)).mapping)[3:] == ["attribute:industry", "attribute:employees"]
    assert await counts_of(run) == {"created": 3}
    assert sorted(await stored()) == [
        ("employees", True, "12"), ("employees", True, "1250"), ("industry", True, "crafts"), ("industry", True, "public"),
        ("industry", True, "trade"),
    ]  # fmt: skip
    await bring_in(write(PERSONS + "9;Emre;Yıldız;;3,5;24.12.2025;ja\n"))
    assert [each for each in sorted(await stored()) if not each[1]] == [
        ("household", False, "3.5"), ("met_on", False, "2025-12-24"), ("printed", False, "true"),
    ]  # fmt: skip
    assert await fetch_value("SELECT count(DISTINCT source) FROM attribute_value WHERE source = 'import'") == 1


@pytest.mark.usefixtures("catalogue")
async def test_what_cannot_be_read_is_a_wrong_row(write: Write) -> None:
    run = await bring_in(write(PERSONS + "9;Emre;Yıldız;Laune;viele;irgendwann;vielleicht\n"))
    (line,) = await lines_of(run)
    assert set(errors_of(line)) == {"Entscheidet nach", "Haushaltsgröße", "Treffen am", "Newsletter gedruckt"}
    assert "Preis, Qualität" in errors_of(line)["Entscheidet nach"]
    assert "Price, Quality" in errors_of(line, "en")["Entscheidet nach"]
    assert await fetch_value("SELECT count(*) FROM customer") == 0


@pytest.mark.usefixtures("catalogue")
async def test_without_a_basis_the_customer_comes_in_and_the_value_does_not(write: Write) -> None:
    path = write("Kundennummer;Vorname;Nachname;Entscheidet nach;Rollstuhlgerecht\n9;Emre;Yıldız;Preis;ja\n")
    expected = [
        "„Entscheidet nach“ braucht die Einwilligung von Emre Yıldız in „Persönliche Beratung“, und die fehlt. "
        "Halten Sie sie zuerst unter „Einwilligungen“ fest.",
        "„Rollstuhlgerecht“ braucht die Einwilligung von Emre Yıldız in „Persönliche Beratung“, und die fehlt. "
        "Halten Sie sie zuerst unter „Einwilligungen“ fest.",
    ]
    trial = await bring_in(path, trial=True)
    assert await notes_of(trial) == expected, "the dry run says so beforehand"
    run = await bring_in(path)
    assert await counts_of(run) == {"created": 1}
    assert await notes_of(run) == expected
    assert "needs the consent of Emre Yıldız" in (await notes_of(run, "en"))[0]
    assert await stored() == []
    person = await fetch_value("SELECT id FROM person")
    await says(person, Event.GIVEN)
    assert await counts_of(await bring_in(path)) == {"skipped": 1}, (
        "who is there is left as they are, if that was chosen"
    )
    again = await bring_in(path, rule=Rule.UPDATE)
    assert await counts_of(again) == {"updated": 1}, "the same row again, now that there is a consent"
    assert sorted(await stored()) == [("decides_by", False, "price"), ("wheelchair", False, "true")]
    assert await counts_of(await bring_in(path, rule=Rule.UPDATE)) == {"unchanged": 1}
    assert await fetch_value("SELECT max(version) FROM attribute_value") == 1
    await undo(again)
    assert await stored() == []


async def test_the_api_lists_what_was_left_out_beside_what_is_wrong(browser: Browser, cast: Cast, write: Write) -> None:
    run = await bring_in(
        write(
            "Vorname;Nachname;Entscheidet nach;Betreuer\nEmre;Yıldız;Preis;\nAnna;Berg;;Niemand\nCem;Kaya;Laune;\nDora;Alt;Preis;\n"
        )
    )
    assert await counts_of(run) == {"created": 3, "wrong": 1}
    await browser.log_in(cast.ines)
    first = (await browser.api("GET", f"/imports/{run}?limit=2")).json()
    assert [error["line"] for error in first["errors"]] == [4]
    assert [(row["line"], row["outcome"], row["label"]) for row in first["left_out"]] == [(2, "created", "Emre Yıldız")]
    assert "„Entscheidet nach“ braucht die Einwilligung von Emre Yıldız" in first["left_out"][0]["attributes"][0]
    rest = (await browser.api("GET", f"/imports/{run}?limit=2&cursor={first['next']}")).json()
    assert (rest["errors"], [row["line"] for row in rest["left_out"]], rest["next"]) == ([], [5], None)
    await execute("UPDATE person SET restricted_at = now() WHERE family_name = 'Yıldız'")
    again = (await browser.api("GET", f"/imports/{run}")).json()
    assert [row["line"] for row in again["left_out"]] == [5], "nothing is told of whoever is restricted since"


@pytest.mark.usefixtures("catalogue")
async def test_a_special_category_never_comes_in_on_an_imported_consent(write: Write) -> None:
    await bring_in(write("Kundennummer;Vorname;Nachname\n9;Emre;Yıldız\n"))
    person = await fetch_value("SELECT id FROM person")
    await says(person, Event.GIVEN, source="import")
    path = write("Kundennummer;Vorname;Nachname;Entscheidet nach;Rollstuhlgerecht\n9;Emre;Yıldız;Preis;ja\n")
    run = await bring_in(path, rule=Rule.UPDATE)
    assert await stored() == [("decides_by", False, "price")]
    assert ["ausdrückliche Einwilligung" in note for note in await notes_of(run)] == [True]
    attribute = await fetch_value("SELECT id FROM attribute WHERE code = 'wheelchair'")
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute(
            "INSERT INTO attribute_value (attribute, person, flag, source, recorded_at, version) VALUES ($1, $2, true, 'import', now(), 1)",
            attribute, person,
        )  # fmt: skip


@pytest.mark.usefixtures("catalogue")
async def test_attributes_describe_whom_they_are_about(write: Write) -> None:
    text = (
        "Kundennummer;Firma;Vorname;Nachname;Branche;Haushaltsgröße\n"
        "1;Nord;;;Handel;2\n1;Nord;Anna;Berg;Handwerk;4\n9;;Emre;Yıldız;Handel;3\n"
    )
    run = await bring_in(write(text))
    assert [row.outcome for row in await lines_of(run)] == ["created", "joined", "created"]
    assert sorted(await stored()) == [("household", False, "3"), ("household", False, "4"), ("industry", True, "trade")]
    assert await notes_of(run) == [
        "„Haushaltsgröße“ beschreibt Personen. Tragen Sie es bei einer Person dieser Organisation ein.",
        "„Branche“ beschreibt Organisationen, keine Personen.",
    ]
    assert (await undo(run)).kept == 0, "what the import itself has written is no obstacle"
    assert await fetch_value("SELECT count(*) FROM customer") == 0
    assert await stored() == []


@pytest.mark.usefixtures("catalogue")
async def test_undoing_gives_former_values_back_unless_they_were_changed_again(write: Write) -> None:
    await bring_in(write(FIRMS + "1;Nord;;Handel;10\n2;Süd;;Handel;10\n"))
    run = await bring_in(write(FIRMS + "1;Nord;;Handwerk;11\n2;Süd;;Handwerk;10\n"), rule=Rule.UPDATE)
    assert await counts_of(run) == {"updated": 2}
    south = await fetch_value("SELECT id FROM customer WHERE external_id = '2'")
    await write_attribute(Wish(south, "industry", "services"), source="form", by=None, now=NOW)
    plan = await undo(run)
    assert (plan.restored, [why_kept(one) for one in plan.obstacles]) == (
        1, ["hat ein Merkmal, das seither geändert wurde oder dessen früherer Wert nicht aufbewahrt wird"],
    )  # fmt: skip
    assert sorted(await stored()) == [
        ("employees", True, "10"), ("employees", True, "10"), ("industry", True, "services"), ("industry", True, "trade"),
    ]  # fmt: skip


@pytest.mark.usefixtures("catalogue")
async def test_undoing_takes_no_value_of_somebody_restricted(write: Write) -> None:
    """GDPR Art. 18: what is restricted stays stored, whatever the import has made of it."""
    await bring_in(write(PERSONS + "9;Emre;Yıldız;;3;;\n"))
    run = await bring_in(write(PERSONS + "9;Emre;Yıldız;;4;24.12.2025;\n"), rule=Rule.UPDATE)
    await execute("UPDATE person SET restricted_at = $1", NOW)
    plan = await undo(run)
    assert [why_kept(one) for one in plan.obstacles] == [
        "hat ein Merkmal, und die Daten sind eingeschränkt (DSGVO Art. 18)"
    ] * 2
    assert sorted(await stored()) == [("household", False, "4"), ("met_on", False, "2025-12-24")]
    assert (await run_of(run)).status == "undone"


@pytest.mark.parametrize(
    ("gone", "kept"),
    [
        ("UPDATE customer SET deleted_at = now() WHERE external_id = '1'", 2),  # as a merge leaves it
        ("DELETE FROM affiliation WHERE NOT is_self", 1),
    ],
)
@pytest.mark.usefixtures("catalogue")
async def test_undoing_ends_although_somebody_is_there_no_more(write: Write, gone: str, kept: int) -> None:
    head = "Kundennummer;Firma;Vorname;Nachname;Branche;Haushaltsgröße\n"
    await bring_in(write(head + "1;Nord;Anna;Berg;Handel;\n"))
    run = await bring_in(write(head + "1;Nord;Anna;Berg;Handwerk;4\n"), rule=Rule.UPDATE)
    assert sorted(await stored()) == [("household", False, "4"), ("industry", True, "crafts")]
    await execute(gone)
    plan = await undo(run)
    assert [one.why for one in plan.obstacles] == ["attribute_elsewhere"] * kept
    assert (await run_of(run)).status == "undone"
    assert ("household", False, "4") in await stored()


@pytest.mark.usefixtures("catalogue")
async def test_undoing_keeps_the_value_if_the_former_one_cannot_be_chosen_any_more(write: Write) -> None:
    await bring_in(write(FIRMS + "1;Nord;;Handel;\n"))
    run = await bring_in(write(FIRMS + "1;Nord;;Handwerk;\n"), rule=Rule.UPDATE)
    await execute("UPDATE attribute_choice SET retired_at = $1 WHERE code = 'trade'", NOW)
    plan = await undo(run)
    assert [why_kept(one) for one in plan.obstacles] == ["hat ein Merkmal, das seinen früheren Wert nicht mehr annimmt"]
    assert await stored() == [("industry", True, "crafts")]


@pytest.mark.usefixtures("catalogue")
async def test_what_is_kept_for_undoing_tells_nobody_the_value(write: Write) -> None:
    """Who knows that it is yes or no could try both; so the mark is another one for each person, and needs the secret."""
    await bring_in(write(PERSONS + "8;Anna;Berg;;;;\n9;Emre;Yıldız;;;;\n"))
    run = await bring_in(write(PERSONS + "8;Anna;Berg;;;;ja\n9;Emre;Yıldız;;;;ja\n"), rule=Rule.UPDATE)
    marks = [decoded(row.detail)["attributes"][0][3] for row in await lines_of(run)]
    assert len(set(marks)) == 2
    assert not {str(mark) for mark in marks} & {str(fingerprint("yes")), str(fingerprint("no"))}
    await undo(run)
    assert await stored() == []


@pytest.mark.usefixtures("catalogue")
async def test_by_the_mark_of_a_row_nobody_can_try_what_it_said_of_a_special_category(write: Write) -> None:
    known = await definitions(["wheelchair", "printed"])
    columns, fields = ("Nachname", "Merkmal"), "person_family_name"

    def mark(code: str, secret: bytes) -> int:
        plan = Plan(
            ImportKind.CUSTOMERS, columns, (fields, f"attribute:{code}"), attributes={code: known[code]}, secret=secret
        )
        return parse(plan, [RawRow(2, ("Yıldız", "ja"))])[0].fingerprint

    assert mark("wheelchair", b"ours") != mark("wheelchair", b"guessed")
    assert mark("printed", b"ours") == mark("printed", b"guessed"), "what is no secret is known as before"
    path = write("Nachname;Rollstuhlgerecht\nYıldız;ja\n")
    kept = [(await lines_of(await bring_in(path, rule=Rule.CREATE)))[0].fingerprint]
    assert kept != [mark("wheelchair", b"")]
    assert await counts_of(await bring_in(path)) == {"skipped": 1}, "the same row is known again"


@pytest.mark.usefixtures("catalogue")
async def test_a_choice_that_was_retired_meanwhile_is_refused_in_both_languages(write: Write) -> None:
    path = write(FIRMS + "1;Nord;;Handel;\n")
    run_id = await receive_import(path, path.name, ImportKind.CUSTOMERS, by=None, now=NOW)
    line = Line(2, Outcome.CREATED, customer_id=(await create_organisation(OrganisationData("Nord"), by=None, now=NOW)))
    known = await definitions(["industry"])
    (row,) = parse(Plan(ImportKind.CUSTOMERS, ("Firma", "Branche"), ("name", "attribute:industry"), attributes=known),
                   [RawRow(2, ("Nord", "Handel"))])  # fmt: skip
    await execute("UPDATE attribute_choice SET retired_at = $1 WHERE code = 'trade'", NOW)
    await AttributeChunks(await run_of(run_id), known, NOW).put([row], [line])
    ((_code, told),) = line.detail["notes"]
    assert set(told) == {"de", "en"}
    assert told["de"] != told["en"]


@pytest.mark.usefixtures("catalogue")
async def test_who_was_given_an_attribute_since_stays_when_undoing(write: Write) -> None:
    run = await bring_in(write(FIRMS + "1;Nord;;Handel;\n"))
    firm = await fetch_value("SELECT id FROM customer")
    await write_attribute(Wish(firm, "employees", "7"), source="form", by=None, now=NOW)
    plan = await undo(run)
    assert [why_kept(one) for one in plan.obstacles] == ["hat Merkmale"]


@pytest.mark.usefixtures("catalogue")
async def test_a_consent_that_is_withdrawn_meanwhile_keeps_its_value_out(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chunk is written once more, and says who was lost."""
    from crm.records import attribute_writing

    path = write("Kundennummer;Vorname;Nachname;Entscheidet nach\n9;Emre;Yıldız;Preis\n")
    await bring_in(path)
    person = await fetch_value("SELECT id FROM person")
    await says(person, Event.GIVEN)
    whole, calls = attribute_writing.write_attributes, 0

    async def late(*arguments: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise asyncpg.RestrictViolationError("no consent")
        return await whole(*arguments, **more)

    monkeypatch.setattr(attribute_writing, "write_attributes", late)
    assert await counts_of(await bring_in(path, rule=Rule.UPDATE)) == {"updated": 1}
    assert calls == 2


@pytest.mark.usefixtures("catalogue")
async def test_command_says_what_was_left_out(own_database: str, servers: Servers, write: Write) -> None:
    file = write("Kundennummer;Vorname;Nachname;Entscheidet nach;Was\n9;Emre;Yıldız;Preis;2,5\n")
    arguments = (str(file), "--map", "Was=attribute:household")
    done = await asyncio.to_thread(_crm_import, servers, own_database, *arguments)
    assert done.stdout == "1 created, 0 there already, 0 wrong.\n"
    assert "line 2, left out: “Decides by” needs the consent of Emre Yıldız" in done.stderr
    assert await stored() == [("household", False, "2.5")]


async def test_only_who_may_see_an_attribute_can_import_it(browser: Browser, cast: Cast) -> None:
    await define_attribute(HEALTH, by=None, now=NOW)
    await browser.log_in(cast.eva)
    mapping = (await upload(browser, "Vorname;Nachname;Branche;Rollstuhlgerecht\nEmre;Yıldız;Handel;ja\n")).headers[
        "location"
    ]
    page = (await browser.get(mapping)).text
    assert 'value="attribute:industry" selected>Branche' in page
    assert "attribute:wheelchair" not in page, "for sales only"
    assert "Merkmale werden nur gespeichert" in page
    fields = await choices_on(browser, mapping)
    refused = await browser.post(mapping, {**fields, "field-3": "attribute:wheelchair", "rule": "skip"})
    assert refused.status_code == 422
    assert "Das Merkmal „wheelchair“ gibt es nicht." in refused.text


async def test_an_unknown_attribute_is_refused(own_database: str, write: Write) -> None:
    assert await service_level_codes()
    run = await receive_import(write("Firma;Was\nNord;1\n"), "a.csv", ImportKind.CUSTOMERS, by=None, now=NOW)
    with pytest.raises(Invalid, match="nichts"):
        await assign_columns(run, Settings(("name", "attribute:nichts")), by=None, now=NOW)
