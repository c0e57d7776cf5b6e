"""Old contacts and consents find their customer and come in once."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from crm.customers.tables import TimelineKind
from crm.database import fetch, fetch_one, fetch_value
from crm.records.targets import ImportKind
from crm.records.undoing import request_undo, undo_import
from crm.web.i18n import zone
from tests.records.conftest import NOW, Write, bring_in, counts_of, errors_of, lines_of

PEOPLE = (
    "Kundennummer;Firma;Vorname;Nachname;E-Mail\nA1;Nord;Anna;Berg;anna@nord.example\nA2;;Emre;Yıldız;emre@y.example\n"
)


async def test_old_contacts_stand_in_the_history_and_count(own_database: str, write: Write) -> None:
    await bring_in(write(PEOPLE))
    emre = await fetch_value("SELECT number FROM customer WHERE external_id = 'A2'")
    calls = write(
        "Externe Nummer;Datum;Uhrzeit;Kanal;Richtung;Betreff;Text;Dauer\n"
        "A1;03.11.2025;14:30;Anruf;eingehend;Rechnung;Fragt nach Position 7;12\n"
        "A1;04.11.2025;;Besuch;ausgehend;;Aufmaß;\n"
        f"{emre};2025-11-05 09:00;;E-Mail;;;Dankt;\n"
        "Z9;05.11.2025;;Anruf;;;Wer?;\n"
        "A1;irgendwann;;Rauchzeichen;;;x;\n"
        "A1;05.11.2999;;Anruf;;;Zukunft;\n",
        "kontakte.csv",
    )
    run = await bring_in(calls, kind=ImportKind.INTERACTIONS)
    assert await counts_of(run) == {"created": 3, "wrong": 3}
    wrong = [row for row in await lines_of(run) if row.outcome == "wrong"]
    assert errors_of(wrong[0]) == {
        "Externe Nummer": "Es gibt keinen Kunden „Z9“. Berichtigen Sie Nummer oder Adresse, oder importieren Sie zuerst diesen Kunden."
    }
    assert set(errors_of(wrong[1])) == {"Datum", "Kanal"}
    first = await fetch_one("SELECT channel, direction, text, minutes, at FROM interaction ORDER BY at LIMIT 1")
    assert first is not None
    assert (first.channel, first.direction, first.minutes, first.text) == (
        "phone",
        "inbound",
        12,
        "Rechnung\nFragt nach Position 7",
    )
    assert first.at.isoformat() == "2025-11-03T13:30:00+00:00", "half past two in Berlin"
    figures = await fetch("SELECT interactions, last_contact_at FROM customer_figures ORDER BY customer")
    assert [row.interactions for row in figures] == [2, 1]
    assert await fetch_value("SELECT count(*) FROM timeline_entry WHERE kind = $1", TimelineKind.INTERACTION.value) == 3
    assert await counts_of(await bring_in(calls, kind=ImportKind.INTERACTIONS)) == {"skipped": 3, "wrong": 3}
    await request_undo(run, by=None, now=NOW)
    await undo_import(run, now=NOW)
    assert (
        await fetch_value("SELECT count(*) FROM interaction") + await fetch_value("SELECT count(*) FROM timeline_entry")
        == 0
    )
    assert await fetch_value("SELECT sum(interactions) FROM customer_figures") == 0
    removed = "SELECT count(DISTINCT subject_id) FROM audit_entry WHERE action = 'interaction.removed' AND subject_kind = 'interaction'"
    assert await fetch_value(removed) == 3, "one entry for each"


async def test_old_consents_go_through_the_ledger(own_database: str, write: Write) -> None:
    await bring_in(write(PEOPLE))
    path = write(
        "E-Mail;Zweck;Kanal;Einwilligung;Wortlaut;Datum;Nachweis\n"
        "emre@y.example;newsletter;E-Mail;erteilt;1;01.02.2025;Formular 17\n"
        "emre@y.example;newsletter;E-Mail;Double Opt-In;;02.02.2025;Klick\n"
        "anna@nord.example;newsletter;E-Mail;widerrufen;;03.02.2025;\n"
        "emre@y.example;newsletter;E-Mail;erteilt;99;01.02.2025;\n"
        "emre@y.example;gibtesnicht;E-Mail;erteilt;1;01.02.2025;\n"
        "anna@nord.example;newsletter;E-Mail;bestätigt;;05.02.2025;\n",
        "einwilligungen.csv",
    )
    assert await counts_of(await bring_in(path, kind=ImportKind.CONSENTS, trial=True)) == {"created": 3, "wrong": 3}
    run = await bring_in(path, kind=ImportKind.CONSENTS)
    assert await counts_of(run) == {"created": 3, "wrong": 3}
    events = await fetch("SELECT event, source, at, person_id FROM consent_event ORDER BY id")
    assert [(row.event, row.source) for row in events] == [
        ("given", "import"),
        ("confirmed", "import"),
        ("withdrawn", "import"),
    ]
    assert await counts_of(await bring_in(path, kind=ImportKind.CONSENTS)) == {"skipped": 3, "wrong": 3}


async def test_an_address_may_confirm_what_was_given_for_it_and_for_no_other(own_database: str, write: Write) -> None:
    """Nobody is behind the address of a department: the ledger knows it by the address alone."""
    await bring_in(write("Kundennummer;Firma\nA1;Nord\n"))
    head = "Externe Nummer;E-Mail;Zweck;Kanal;Einwilligung;Wortlaut;Datum;Nachweis\n"
    given = write(f"{head}A1;office@nord.example;newsletter;E-Mail;erteilt;1;01.02.2025;Formular\n", "erteilt.csv")
    assert await counts_of(await bring_in(given, kind=ImportKind.CONSENTS)) == {"created": 1}
    confirmed = write(
        f"{head}A1;einkauf@nord.example;newsletter;E-Mail;erteilt;1;01.02.2025;Formular\n"
        "A1;office@nord.example;newsletter;E-Mail;bestätigt;;02.02.2025;Klick\n"
        "A1;post@nord.example;newsletter;E-Mail;bestätigt;;02.02.2025;Klick\n",
        "bestaetigt.csv",
    )
    for trial in (True, False):
        run = await bring_in(confirmed, kind=ImportKind.CONSENTS, trial=trial)
        assert [line.outcome for line in await lines_of(run)] == ["created", "created", "wrong"]


async def test_what_the_ledger_refuses_is_told_in_each_language(own_database: str, write: Write) -> None:
    await bring_in(write(PEOPLE))
    path = write(
        "E-Mail;Zweck;Kanal;Einwilligung;Wortlaut;Datum;Nachweis\n"
        "emre@y.example;newsletter;E-Mail;erteilt;1;01.02.2025;Formular 17\n"
        "emre@y.example;newsletter;E-Mail;bestätigt;99;02.02.2025;Klick\n",
        "einwilligungen.csv",
    )
    _given, wrong = await lines_of(await bring_in(path, kind=ImportKind.CONSENTS))
    assert errors_of(wrong) == {"": "Diese Fassung des Wortlauts gibt es nicht."}
    assert errors_of(wrong, "en") == {"": "There is no such version of the wording."}


async def test_the_clock_of_long_files_is_the_company_s_too(
    own_database: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bring_in(write(PEOPLE))
    monkeypatch.setattr("crm.records.parser_process.CHUNK", 2)
    calls = write(
        "Externe Nummer;Datum;Uhrzeit;Text\n" + "A1;03.11.2025;14:30;x\nA1;03.11.2025;14:31;y\nA1;03.11.2025;14:32;z\n"
    )
    token = zone.set(ZoneInfo("Europe/London"))
    try:
        await bring_in(calls, kind=ImportKind.INTERACTIONS)
    finally:
        zone.reset(token)
    assert await fetch_value("SELECT min(at) FROM interaction") == datetime(2025, 11, 3, 14, 30, tzinfo=UTC)
