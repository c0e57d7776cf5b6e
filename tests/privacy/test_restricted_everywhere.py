"""A restricted person (GDPR Art. 18) of whom something stands everywhere: on no page and in no list does anybody but the officer meet
their name, their address, their number, or a word of what is written about them."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pypdfium2
import pytest

from crm.accounts.tables import User
from crm.database import decoded, execute, fetch, fetch_value
from crm.personal import NOTE, quoted, register
from crm.privacy.desk.restricting import restrict_processing
from crm.privacy.subject import subject_of
from crm.records.importing import work_on_import
from crm.records.imports import Settings, assign_columns, receive_import, start_import
from crm.records.tables import Rule
from crm.records.targets import ImportKind
from crm.surveys.actions import NewAnswer, record_answer
from crm.surveys.tables import Metric
from crm.tickets.answering import add_note, reply
from tests.attacks.conftest import House, doors, furnish, numbers_of, routes
from tests.browser import Browser
from tests.cast import introduce

__all__ = ["doors"]

WORD = "Zwiebelturm"
"""Stands in each text about Anna, and in no other."""
SHOWN = ("Quitterer", "anna@groessmann.example", "+499114711815", "+49 911 4711815", WORD)
QUESTIONS = ("?q=quitterer", "?q=09114711815", "?customer_q=quitterer", "?email=ANNA@groessmann.example")
"""What somebody asks who looks for her. A page that repeats the question does not give itself away by it."""
CORRESPONDENCE = {
    "escalation", "incoming_mail", "interaction", "interaction_version", "logged_mail", "outbox_message", "ticket", "ticket_message",
    "timeline_entry",
}  # fmt: skip
"""What a company wrote and was told stays the company's, whoever of its people it was (Art. 18 (2): rights of another legal person): it
is shown without the person. Whatever else stands about somebody is theirs."""
SEALED = {"consent_payload", "audit_payload", "audit_entry", "consent_event", "erasure_row"}
"""Nobody changes these afterwards."""
OUTSIDE = ("/static", "/ready", "/logout")


@pytest.fixture
async def house(own_database: str, tmp_path: Path) -> House:
    house = await furnish(await introduce())
    await write_about_anna_everywhere(house, tmp_path)
    return house


async def write_about_anna_everywhere(house: House, folder: Path) -> None:
    now, me = datetime.now(UTC) - timedelta(minutes=50), house.cast.petra.id
    await execute(
        "INSERT INTO phone_number (person, number, kind, position) VALUES ($1, '+499114711815', 'work', 0)", house.anna
    )
    await execute(
        "INSERT INTO contact_participant (interaction, person) VALUES ($1, $2)", house.emre_interaction, house.anna
    )  # fmt: skip
    answer = NewAnswer(Metric.NPS, 2, "hotline", house.groessmann, house.anna, house.ticket, WORD)
    await record_answer(answer, at=now, by=me, now=now)
    await write_mails(house, now)
    await execute(
        "INSERT INTO mailing_recipient (mailing, customer_id, person_id, name, address, state, outbox_id) "
        "VALUES ($1, $2, $3, 'Anna Quitterer', 'anna@groessmann.example', 'handed_over', NULL)",
        house.mailing, house.groessmann, house.anna,
    )  # fmt: skip
    await execute(
        "UPDATE mailing SET status = 'done', confirmed_by = created_by, audience_by = created_by WHERE id = $1",
        house.mailing,
    )
    await import_her(house, folder, now)
    await write_the_word(house.anna)


async def write_mails(house: House, now: datetime) -> None:
    """Anna gets an answer, stands in copy of mails, and writes from her address; a mail of hers waits in Petra's log."""
    await reply(house.ticket, "Anbei.", by=house.cast.ali.id, now=now)
    outbox = await fetch_value("SELECT max(outbox_id) FROM ticket_message WHERE ticket = $1", house.ticket)
    first = await fetch_value("SELECT min(id) FROM ticket_message WHERE ticket = $1", house.ticket)
    assert outbox is not None
    her = ("Anna Quitterer", "anna@groessmann.example")
    await execute(
        "INSERT INTO outbox_copy (message, position, name, address, permission, error) VALUES ($1, 0, $2, $3, $4, '')",
        outbox, *her, '{"allowed": true, "code": "contract", "params": {}}',
    )  # fmt: skip
    await execute(
        "INSERT INTO message_recipient (message, name, address, is_copy) VALUES ($1, $2, $3, true)", first, *her
    )
    for kind in ("inbound", "outside"):
        note = await add_note(house.ticket, "Bitte eilig.", by=house.cast.ali.id, now=now)
        await execute(
            "UPDATE ticket_message SET kind = $2, sender = $3, by_user = NULL WHERE id = $1", note, kind, her[1]
        )
    for user in staff(house):
        await execute(
            "INSERT INTO logged_mail (\"user\", message_key, content, state, sender, counterpart, direction, subject, text, at, "
            "received_at) VALUES ($1, 'x', '', 'waiting', $2::varchar, $2::text, 'inbound', 'Quitterer', $3, $4, $4)",
            user.id, her[1], WORD, now,
        )  # fmt: skip


async def import_her(house: House, folder: Path, now: datetime) -> int:
    path = folder / "messe.csv"
    path.write_text("Firma;Vorname;Nachname;E-Mail\nGrößmann Küchen GmbH;Anna;Quitterer;anna@groessmann.example\n")
    run = await receive_import(path, path.name, ImportKind.CUSTOMERS, by=house.cast.eva.id, now=now)
    mapping = decoded(await fetch_value("SELECT mapping FROM import_run WHERE id = $1", run))
    await assign_columns(run, Settings(tuple(mapping), Rule.UPDATE, "Messe"), by=house.cast.eva.id, now=now)
    await start_import(run, now=now)
    assert not await work_on_import(run, now=now)
    return run


async def write_the_word(person: int) -> set[str]:
    """Into every free text of the rows that the register knows to be about this person; the tables."""
    kinds = {
        (row.table_name, row.column_name): row.data_type
        for row in await fetch("SELECT table_name, column_name, data_type FROM information_schema.columns")
    }
    subject, written = await subject_of(person, None), set()
    for one in register():
        notes = [name for name in one.columns_of(NOTE) if kinds.get((one.table, name)) in ("text", "character varying")]
        if not (one.about and notes) or one.table in SEALED | CORRESPONDENCE:
            continue
        ids = [row.id for row in await fetch(one.rows_about("t.id"), *subject.parameters)]
        if ids:
            sets = ", ".join(f"{quoted(name)} = '{WORD}'" for name in notes)
            await execute(f"UPDATE {quoted(one.table)} SET {sets} WHERE id = ANY($1)", ids)
            written.add(one.table)
    return written


async def restrict(house: House) -> None:
    await restrict_processing(
        house.request, "Bestreitet die Richtigkeit.", by=house.cast.sven.id, now=datetime.now(UTC)
    )


async def where_she_shows(
    asgi_app: Any,
    doors: Browser,
    house: House,
    questions: tuple[str, ...],
    words: tuple[str, ...] = SHOWN,
    **whose: int,
) -> list[str]:
    """Every page and every answer of the API that tells of Anna (or of `whose` things are looked at), for whoever is logged in, and by
    what."""
    looked_at = {"customer": house.groessmann, "person": house.anna, "ticket": house.ticket, **whose}
    found = []
    month = (datetime.now(ZoneInfo("Europe/Berlin")) - timedelta(hours=1)).strftime("%Y-%m")
    for method, path, _handler in routes(asgi_app):
        if method != "GET" or path.startswith(OUTSIDE):
            continue
        where = numbers_of(house, path.replace("{month}", month), **looked_at)
        for query in ("", *(questions if "{" not in path else ())):
            answer = await doors.client.get(where + query, headers={"authorization": f"Bearer {doors.token}"})
            text = shown_by(answer)
            told = [each for each in words if each in text]
            if told:
                found.append(f"{where}{query}: {answer.status_code} {', '.join(told)}")
    return found


def shown_by(answer: httpx.Response) -> str:
    """What somebody reads who opens it: the words of a PDF, what lies in a workbook or an archive, otherwise the text as it is."""
    if answer.content.startswith(b"%PDF-") and answer.status_code == 200:
        return words_of_pdf(answer.content)
    if answer.content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            return " ".join(
                [*archive.namelist(), *(archive.read(each).decode(errors="replace") for each in archive.namelist())]
            )
    return answer.text


def words_of_pdf(content: bytes) -> str:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:  # a file of the tests that is none inside
        return content.decode(errors="replace")
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


def staff(house: House) -> list[User]:
    return [house.cast.petra, house.cast.eva, house.cast.karin, house.cast.ali, house.cast.ines]


async def test_nobody_but_the_officer_meets_a_restricted_person(asgi_app: Any, doors: Browser, house: House) -> None:
    await doors.log_in(house.cast.eva)
    assert len(await where_she_shows(asgi_app, doors, house, ())) > 20, "before, she is found in many places"
    await restrict(house)
    found = []
    for user in staff(house):
        await doors.log_in(user)
        questions = QUESTIONS if user is house.cast.eva else ()
        found += [f"{user.role} {each}" for each in await where_she_shows(asgi_app, doors, house, questions)]
    assert not found, "\n".join(found)
    await doors.log_in(house.cast.sven)
    for where in (
        f"/customers/{house.groessmann}",
        f"/privacy/requests/{house.request}",
        f"/persons/{house.anna}/access-log",
    ):
        assert "Quitterer" in (await doors.get(where)).text, where
