"""Customers from a file, in a database of their own: each chunk commits by itself."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextvars import Context
from pathlib import Path
from typing import Any

import pytest

from crm.customers.actions import create_customer
from crm.database import Statements, counted, decoded, execute, fetch, fetch_one, fetch_value, transaction
from crm.embedded.servers import Servers
from crm.errors import Invalid, RuleBroken
from crm.records import claiming, importing
from crm.records.headers import recognise
from crm.records.importing import work_on_import
from crm.records.imports import Settings, assign_columns, decide_rows, receive_import, start_import
from crm.records.mending import mending_file
from crm.records.parsing import Plan, parse
from crm.records.reading import open_table
from crm.records.tables import Outcome, Rule
from crm.records.targets import ImportKind
from tests.records.conftest import NOW, Write, bring_in, counts_of, errors_of, lines_of, run_of

ROOT = Path(__file__).parent.parent.parent
GOOD = "kind;name;given_name;family_name;email;city;external_id;phone\n"


async def test_good_rows_come_in_and_wrong_ones_are_named(own_database: str, write: Write) -> None:
    run = await bring_in(write(
        GOOD
        + "organisation;Größmann GmbH;;;info@groessmann.example;Nürnberg;1;0911 551230\n"
        + "organisation;;;;;Köln;2;\n"
        + '\nperson;;Anna;"Müller\nvon Berg";kaputt;;3;abc\n'
        + ";;Emre;Yıldız;emre@yildiz.example;Fürth;4;\n"
        + "organisation;Zu viel;;;;;5;;;x\n"
    ))  # fmt: skip
    lines = await lines_of(run)
    assert [(row.line, row.outcome) for row in lines] == [
        (2, "created"),
        (3, "wrong"),
        (5, "wrong"),
        (7, "created"),
        (8, "wrong"),
    ]
    assert [set(errors_of(lines[place])) for place in (1, 2, 4)] == [{"name"}, {"email", "phone"}, {""}]
    assert errors_of(lines[2], "en")["email"].startswith("This is not an e-mail address")
    rows = await fetch("SELECT name, kind FROM customer ORDER BY id")
    assert [(row.name, row.kind) for row in rows] == [("Größmann GmbH", "organisation"), ("Emre Yıldız", "person")]
    again = await bring_in(
        write(GOOD + "organisation;Größmann GmbH;;;info@groessmann.example;Nürnberg;1;0911 551230\n")
    )
    assert await counts_of(again) == {"skipped": 1}
    assert await fetch_value("SELECT count(*) FROM customer_figures") == 2


async def test_the_index_of_the_search_is_put_in_order_beside_the_import(
    own_database: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    tidied = asyncio.Event()
    in_chunks, put_in_order = importing._write, claiming.tidy_up

    async def watched() -> None:
        await put_in_order()
        tidied.set()

    async def patient(*values: Any) -> Any:
        await asyncio.wait_for(tidied.wait(), 20)
        return await in_chunks(*values)

    monkeypatch.setattr(claiming, "TIDY", 0.0)
    monkeypatch.setattr(claiming, "tidy_up", watched)
    monkeypatch.setattr(importing, "_write", patient)
    await bring_in(write(GOOD + "organisation;Größmann GmbH;;;;Nürnberg;1;\n"))
    assert await fetch_value("SELECT gin_clean_pending_list('ix_customer_search')") == 0, (
        "nothing is left for the next one to do"
    )


async def test_an_import_does_not_wait_for_whoever_holds_the_table(own_database: str) -> None:
    async with transaction():
        await execute("LOCK TABLE customer IN ACCESS EXCLUSIVE MODE")
        beside = asyncio.create_task(claiming._tried(claiming.tidy_up), context=Context())
        await asyncio.wait_for(beside, 20)


async def test_a_step_beside_an_import_that_fails_is_tried_again(
    own_database: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0
    again = asyncio.Event()
    in_chunks = importing._write

    async def broken() -> None:
        nonlocal tries
        tries += 1
        if tries > 2:
            again.set()
        raise ConnectionError("the line is cut")

    async def patient(*values: Any) -> Any:
        await asyncio.wait_for(again.wait(), 20)
        return await in_chunks(*values)

    monkeypatch.setattr(claiming, "TIDY", 0.0)
    monkeypatch.setattr(claiming, "tidy_up", broken)
    monkeypatch.setattr(importing, "_write", patient)
    assert await counts_of(await bring_in(write(GOOD + "organisation;Kern GmbH;;;;Köln;1;\n"))) == {"created": 1}


async def test_the_example_of_the_documents_comes_in(own_database: str, write: Write) -> None:
    example = (ROOT / "docs/api.md").read_text(encoding="utf-8").partition("```csv\n")[2].partition("```")[0]
    assert await counts_of(await bring_in(write(example))) == {"created": 2}
    run = await bring_in(write("kind;name\nfirma;Kern\nvogel;Kern\n"))
    created, wrong = await lines_of(run)
    assert created.outcome == "created"
    assert errors_of(wrong) == {"kind": "„vogel“ gibt es hier nicht. Möglich sind: organisation, person."}


RICH = (
    "external_id;Firma;Anrede;Vorname;Nachname;Funktion;E-Mail;Telefon;Mobil;Straße;PLZ;Ort;Land;Lieferadresse Ort;IBAN;USt-IdNr.;Website;"
    "Schlagwörter;Geburtstag;Sprache;Status;Bemerkung;Servicelevel\n"
    "77;Größmann Küchen GmbH;Frau Dr.;Anna;Größmann;Leiterin;anna@groessmann.example;0911 551230;0171 2204511;Lange Gasse 12;90403;Nürnberg;Deutschland;"  # noqa: E501
    "Fürth;DE89370400440532013000;DE136695976;www.groessmann.example;VIP, Messe;12.04.1975;Deutsch;Kunde;Kauft gern;gold\n"
)
_ALL = {
    "customer": "number, search_text, sort_key, kind, name, status, language, brief, website, vat_id, iban, external_id, service_level, owner, version, created_by",  # noqa: E501
    "person": "given_name, family_name, title, form_of_address, language, birthday, salutation, preferred_channel, version",
    "affiliation": "function, is_self, position", "email_address": "address, kind, position, person IS NULL AS is_own",
    "phone_number": "number, kind, position, person IS NULL AS is_own",
    "postal_address": "street, postcode, city, country, extra, kind, position",
    "status_change": "before, after, trigger, by_user",
    "customer_figures": "contact_due_at, interactions, open_tickets, orders, revenue, satisfaction_sum",
    "audit_entry": "action, subject_kind, actor_id",
}  # fmt: skip


async def _everything() -> dict[str, list[dict[str, object]]]:
    found = {
        table: [dict(row) for row in await fetch(f"SELECT {columns} FROM {table} ORDER BY id")]
        for table, columns in _ALL.items()
    }
    found["tags"] = [
        dict(row) for row in await fetch("SELECT g.name FROM customer_tag t JOIN tag g ON g.id = t.tag ORDER BY g.key")
    ]
    return found


async def test_many_at_once_are_written_as_one_by_hand(own_database: str, write: Write) -> None:
    """What the import writes by set is what the form writes, in every table and column."""
    path = write(RICH)
    table = open_table(path)
    plan = Plan(
        ImportKind.CUSTOMERS,
        table.columns,
        recognise(table.columns).fields,
        False,
        frozenset({"basis", "silber", "gold"}),
    )
    (parsed,) = parse(plan, list(table.rows()))
    assert parsed.customer is not None, parsed.errors
    await execute("ALTER SEQUENCE customer_number RESTART 10001")
    await create_customer(parsed.customer, by=None, now=NOW)
    by_hand = await _everything()
    assert {row["name"] for row in by_hand["tags"]} == {"VIP", "Messe"}
    await execute("DELETE FROM customer")
    await execute("DELETE FROM person")
    await execute("ALTER SEQUENCE customer_number RESTART 10001")
    await bring_in(path)
    imported = await _everything()
    imported["audit_entry"] = [row for row in imported["audit_entry"] if row["action"] != "customers.imported"][2:]
    assert imported == by_hand


async def test_contacts_of_one_company_become_its_persons(own_database: str, write: Write) -> None:
    header = "Firma;Vorname;Nachname;E-Mail;PLZ\n"
    run = await bring_in(write(
        header + "Größmann GmbH;Anna;Größmann;anna@g.example;90403\nGrößmann GmbH;Max;Alt;max@g.example;\nGrößmann GmbH;Max;Alt;;\n"
        "Größmann GmbH;Ina;Neu;;10115\n"
    ))  # fmt: skip
    assert [row.outcome for row in await lines_of(run)] == ["created", "joined", "skipped", "created"]
    assert await fetch_value("SELECT count(*) FROM customer") == 2, "another postcode is another place"
    assert await fetch_value(
        "SELECT array_agg(position ORDER BY position) FROM affiliation WHERE customer = (SELECT min(id) FROM customer)"
    ) == [0, 1]
    text = await fetch_value("SELECT search_text FROM customer ORDER BY id LIMIT 1")
    assert text.startswith(" grossmann gmbh k 1")
    assert text.endswith(" anna grossmann max alt anna g example max g example 90403")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("9;Anderer;Name;;;", "external_id"), (";Irgend;Wer;EMRE@yildiz.example;;", "email"), (";E.;Yıldız;;0171 2204512;", "phone"),
        (";Emre;Yildiz;;;90762", "name"), (";Emre;Yıldız;;;", ""), (";Ganz;Anders;;0171 2204512;", ""), (";Emre;Yıldız;;;10115", ""),
    ],
)  # fmt: skip
async def test_who_is_there_is_known_by_rule(own_database: str, write: Write, row: str, reason: str) -> None:
    header = "Kundennummer;Vorname;Nachname;E-Mail;Telefon;PLZ\n"
    await bring_in(write(header + "9;Emre;Yıldız;emre@yildiz.example;0171 2204512;90762\n"))
    trial = await bring_in(write(header + row + "\n"), trial=True)
    (line,) = await lines_of(trial)
    assert (line.outcome, line.reason) == (("skipped", reason) if reason else ("created", ""))
    assert await fetch_value("SELECT count(*) FROM customer") == 1, "a dry run writes nothing"


async def test_what_is_there_is_changed_and_nothing_is_taken_away(own_database: str, write: Write) -> None:
    header = "Kundennummer;Vorname;Nachname;E-Mail;Telefon;Ort;Bemerkung;Schlagwörter\n"
    await bring_in(write(header + "9;Emre;Yıldız;emre@yildiz.example;0171 2204512;Fürth;Alt;VIP\n"))
    run = await bring_in(
        write(header + "9;Emre;Yıldız;neu@yildiz.example;0171 2204512;Fürth;Neu;Messe\n"), rule=Rule.UPDATE
    )
    (line,) = await lines_of(run)
    assert line.outcome == "updated"
    changed = decoded(line.detail)["customer"]
    assert set(changed) == {"emails", "brief", "tags"}
    assert changed["brief"] == ["Alt", "Neu"]
    mails = await fetch("SELECT address FROM email_address ORDER BY position")
    assert [row.address for row in mails] == ["neu@yildiz.example", "emre@yildiz.example"]
    again = await bring_in(
        write(header + "9;Emre;Yıldız;NEU@yildiz.example;0171 2204512;Fürth;Neu;\n"), rule=Rule.UPDATE
    )
    assert await counts_of(again) == {"unchanged": 1}


async def test_two_rows_of_one_file_about_the_same_customer_come_one_after_the_other(
    own_database: str, write: Write
) -> None:
    header = "Kundennummer;Firma;E-Mail;Bemerkung\n"
    path = write(header + "1;Nord;a@nord.example;eins\n1;Nord;b@nord.example;zwei\n;Nord;b@nord.example;drei\n")
    assert await counts_of(await bring_in(path, trial=True)) == {"created": 1, "skipped": 2}
    run = await bring_in(path, rule=Rule.UPDATE)
    assert await counts_of(run) == {"created": 1, "updated": 2}
    assert await fetch_value("SELECT brief FROM customer") == "drei"


async def test_create_creates_twice_but_never_an_external_number(own_database: str, write: Write) -> None:
    header = "Kundennummer;Vorname;Nachname;E-Mail\n"
    await bring_in(write(header + "1;Emre;Yıldız;emre@y.example\n"))
    run = await bring_in(write(header + ";Emre;Yıldız;emre@y.example\n1;Emre;Yıldız;\n"), rule=Rule.CREATE)
    assert [(row.outcome, row.reason) for row in await lines_of(run)] == [("created", ""), ("skipped", "external_id")]


async def test_each_one_can_be_decided(own_database: str, write: Write) -> None:
    header = "Vorname;Nachname;E-Mail;Ort\n"
    await bring_in(
        write(header + "Emre;Yıldız;emre@y.example;Ulm\nAnna;Berg;anna@b.example;Ulm\nMax;Alt;max@a.example;Ulm\n")
    )
    path = write(
        header + "Emre;Yıldız;emre@y.example;Bonn\nAnna;Berg;anna@b.example;Bonn\nMax;Alt;max@a.example;Bonn\n"
    )
    run = await bring_in(path, rule=Rule.ASK, trial=True)
    assert await counts_of(run) == {"asked": 3}
    await decide_rows(run, {2: "update", 3: "create"}, now=NOW)
    await start_import(run, now=NOW)
    await work_on_import(run, now=NOW)
    assert await counts_of(run) == {"updated": 1, "created": 1, "asked": 1}
    assert await fetch_value("SELECT count(*) FROM customer WHERE name = 'Anna Berg'") == 2
    with pytest.raises(Invalid):
        await decide_rows(run, {2: "delete"}, now=NOW)


async def test_persons_are_owed_information_and_it_says_where_their_data_come_from(
    own_database: str, write: Write
) -> None:
    path = write("Firma;Vorname;Nachname\nNord;Anna;Berg\nSüd;;\n", "messe.csv")
    run = await bring_in(path)
    (row,) = await fetch("SELECT d.*, p.family_name FROM information_duty d JOIN person p ON p.id = d.person")
    assert (row.family_name, row.source, row.status, row.import_run, str(row.due_on)) == (
        "Berg",
        "messe.csv",
        "pending",
        run,
        "2026-12-26",
    )


async def test_a_restricted_person_is_left_alone(own_database: str, write: Write) -> None:
    header = "Vorname;Nachname;E-Mail\n"
    await bring_in(write(header + "Emre;Yıldız;emre@y.example\n"))
    await execute("UPDATE customer SET restricted_at = now()")
    run = await bring_in(write(header + "Emre;Y.;emre@y.example\n"), rule=Rule.UPDATE)
    (line,) = await lines_of(run)
    assert (line.outcome, line.reason, line.customer) == ("skipped", "restricted", None)
    assert "name" not in decoded(line.detail), "who it is stays with the officer"


async def test_a_formula_and_a_mistyped_iban_are_named_with_their_column(own_database: str, write: Write) -> None:
    run = await bring_in(write('Firma;IBAN\n"=HYPERLINK(""x"")";\nNord;DE89370400440532013001\n'))
    formula, iban = await lines_of(run)
    assert set(errors_of(formula)) == {"Firma"}
    assert set(errors_of(iban)) == {"IBAN"}
    assert "Prüfziffern" in errors_of(iban)["IBAN"]
    assert await fetch_value("SELECT count(*) FROM customer") == 0


async def test_a_wrong_status_names_the_right_ones_in_the_readers_words_and_an_empty_row_says_so(
    own_database: str, write: Write
) -> None:
    run = await bring_in(write("Firma;Status;Bemerkung\nNord;kaputt;\n;;nur eine Notiz\n"))
    unknown, nobody = await lines_of(run)
    assert "Interessent, Kunde, Ehemaliger Kunde" in errors_of(unknown, "de")["Status"]
    assert "Prospect, Customer, Former customer" in errors_of(unknown, "en")["Status"]
    assert errors_of(nobody, "de")[""].startswith("Diese Zeile nennt niemanden")


async def test_wrong_rows_come_as_a_file_that_is_mended_and_imported_again(own_database: str, write: Write) -> None:
    run = await bring_in(write("Firma;E-Mail\n=Nord;\nSüd;kaputt\nWest;ok@west.example\n"))
    content = b"".join([part async for part in mending_file(run, decoded((await run_of(run)).columns))])
    lines = content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Firma;E-Mail;Nahbar: Zeile;Nahbar: was nicht stimmt"
    assert lines[1].startswith("'=Nord;;2;Firma: ")
    assert lines[2].startswith("Süd;kaputt;3;E-Mail: ")
    unmended = await bring_in(write(content, "fehler.csv"))
    assert await counts_of(unmended) == {"wrong": 2}
    mended = await bring_in(
        write(
            content.decode("utf-8-sig").replace("'=Nord", "Nord").replace("kaputt", "info@sued.example"), "fehler.csv"
        )
    )
    assert await counts_of(mended) == {"created": 2}


async def test_the_organisation_above_may_stand_anywhere_in_the_file(own_database: str, write: Write) -> None:
    run = await bring_in(write("Kundennummer;Firma;Gehört zu\n2;Tochter;1\n1;Mutter;\n3;Waise;99\n"))
    assert (
        await fetch_value("SELECT p.name FROM customer c JOIN customer p ON p.id = c.parent WHERE c.name = 'Tochter'")
        == "Mutter"
    )
    assert decoded((await lines_of(run))[2].detail)["notes"] == [["parent_unknown", "99"]]


async def test_a_crash_in_the_middle_leaves_no_half_row_and_going_on_does_nothing_twice(
    own_database: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.records.parser_process.CHUNK", 10)
    path = write("Vorname;Nachname\n" + "".join(f"Anna;Berg {n}\n" for n in range(45)))
    run = await receive_import(path, path.name, ImportKind.CUSTOMERS, by=None, now=NOW)
    await start_import(run, now=NOW)
    keep = importing._keep
    calls = 0

    async def crash(*arguments: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise MemoryError("as if the machine had lost its power")
        await keep(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "_keep", crash)
    with pytest.raises(MemoryError):
        await work_on_import(run, now=NOW)
    assert await fetch_value("SELECT count(*) FROM customer") == 20, "two chunks, and nothing of the third"
    assert await fetch_value("SELECT count(*) FROM person") == 20
    assert (await run_of(run)).position == 20
    monkeypatch.setattr(importing, "_keep", keep)
    await start_import(run, now=NOW)
    await work_on_import(run, now=NOW)
    assert (await run_of(run)).status == "done"
    assert await fetch_value("SELECT count(*) FROM customer") == 45
    assert await counts_of(await bring_in(path)) == {"skipped": 45}, (
        "the whole file again: every row is known word for word"
    )


async def test_two_workers_never_write_the_same_rows(own_database: str, write: Write) -> None:
    path = write("Vorname;Nachname\n" + "".join(f"Anna;Berg {n}\n" for n in range(30)))
    run = await receive_import(path, path.name, ImportKind.CUSTOMERS, by=None, now=NOW)
    await start_import(run, now=NOW)
    await asyncio.gather(*(work_on_import(run, now=NOW) for _n in range(3)))
    assert await fetch_value("SELECT count(*) FROM customer") == 30
    with pytest.raises(RuleBroken):
        await start_import(run, now=NOW)


async def test_the_assignment_of_columns_is_offered_again_for_the_same_headers(own_database: str, write: Write) -> None:
    path = write("Wer;Wo\nNord;Kiel\n")
    run = await receive_import(path, path.name, ImportKind.CUSTOMERS, by=None, now=NOW)
    with pytest.raises(Invalid, match="Keine Spalte enthält einen Namen"):
        await assign_columns(run, Settings(("", "city")), by=None, now=NOW)
    with pytest.raises(Invalid, match="mehr als einer Spalte"):
        await assign_columns(run, Settings(("name", "name")), by=None, now=NOW)
    await assign_columns(run, Settings(("name", "city")), by=None, now=NOW)
    second = await receive_import(write("Wer;Wo\nSüd;Ulm\n"), "b.csv", ImportKind.CUSTOMERS, by=None, now=NOW)
    assert decoded((await run_of(second)).mapping) == ["name", "city"]


def _crm_import(servers: Servers, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "CRM_DATABASE_URL": url, "CRM_REDIS_URL": servers.redis_url}
    command = [sys.executable, "-m", "crm", "import", *arguments]
    return subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60)


async def test_command_says_what_came_in_and_what_is_wrong(
    own_database: str, servers: Servers, write: Write, tmp_path: Path
) -> None:
    file = write("kind,name,email\norganisation,Käserei Öhl,info@oehl.example\norganisation,Zweite,kaputt\n")
    dry = await asyncio.to_thread(_crm_import, servers, own_database, str(file), "--dry-run")
    assert dry.stdout == "Would be: 1 created, 0 there already, 1 wrong.\n"
    assert await fetch_value("SELECT count(*) FROM customer") == 0
    done = await asyncio.to_thread(
        _crm_import, servers, own_database, str(file), "--errors", str(tmp_path / "fehler.csv")
    )
    assert done.returncode == 0, "rejected rows alone are no failure"
    assert done.stdout == "1 created, 0 there already, 1 wrong.\n"
    assert "line 3, email:" in done.stderr
    assert "Traceback" not in done.stderr
    assert (
        (tmp_path / "fehler.csv")
        .read_text(encoding="utf-8-sig")
        .splitlines()[1]
        .startswith("organisation;Zweite;kaputt;3;")
    )
    assert await fetch_value("SELECT name FROM customer") == "Käserei Öhl"
    again = await asyncio.to_thread(_crm_import, servers, own_database, str(file), "--yes")
    assert again.stdout == "0 created, 1 there already, 1 wrong.\n"


async def test_command_refuses_with_a_sentence(own_database: str, servers: Servers, write: Write) -> None:
    for arguments, said in (
        ((str(write("Straße;Ort\nx;y\n")),), "No column holds a name"),
        ((str(write(b"%PDF-1.7", "a.pdf")),), "This is no table but a PDF"),
        ((str(write("Wer;Ort\nNord;Kiel\n", "b.csv")), "--map", "Was=name"), "there is no column 'Was'"),
    ):
        done = await asyncio.to_thread(_crm_import, servers, own_database, *arguments)
        assert done.returncode == 1
        assert said in done.stderr
        assert "Traceback" not in done.stderr
    mapped = await asyncio.to_thread(
        _crm_import, servers, own_database, str(write("Wer;Ort\nNord;Kiel\n")), "--map", "Wer=name"
    )
    assert mapped.stdout == "1 created, 0 there already, 0 wrong.\n"


async def test_outcomes_have_words(own_database: str) -> None:
    from crm.records.sentences import OUTCOMES

    assert set(OUTCOMES) == {outcome.value for outcome in Outcome}
    assert await fetch_one("SELECT 1") is not None


async def test_a_chunk_takes_a_fixed_number_of_statements(own_database: str, write: Write) -> None:
    """New customers, persons at them, tags, audit trail: however many rows a chunk has, it is written by set."""
    header = "Kundennummer;Firma;Vorname;Nachname;E-Mail;Telefon;PLZ;Ort;Schlagwörter\n"

    def rows(start: int, count: int) -> str:
        return "".join(
            f"{n};Nord {n} GmbH;Anna;Berg {n};anna{n}@nord.example;0911 {500000 + n};90403;Ulm;Messe {n % 7}\n"
            + f"{n};Nord {n} GmbH;Max;Alt {n};max{n}@nord.example;;;;\n;;Emre;Yıldız {n};emre{n}@y.example;;90762;Fürth;\n"
            for n in range(start, start + count)
        )

    few, many = (
        await _statements_of(write(header + rows(0, 3), "a.csv")),
        await _statements_of(write(header + rows(10, 150), "b.csv")),
    )
    assert few == many
    assert len(many) <= 75
    assert await fetch_value("SELECT count(*) FROM person") == 153 * 3


async def _statements_of(path: Path, rule: Rule = Rule.SKIP) -> list[str]:
    """What an import asks the database for, in its order."""
    token = counted.set(Statements())
    try:
        await bring_in(path, rule=rule)
        statements = counted.get()
    finally:
        counted.reset(token)
    assert statements is not None
    return list(statements)
