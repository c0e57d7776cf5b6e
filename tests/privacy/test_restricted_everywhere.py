"""A restricted person (GDPR Art. 18) of whom something stands everywhere: on no page and in no list does anybody but the officer meet
their name, their address, their number, or a word of what is written about them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

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
from tests.attacks.conftest import House, doors, furnish, numbers_of, routes
from tests.browser import Browser
from tests.cast import introduce

__all__ = ["doors"]

WORD = "Zwiebelturm"
"""Stands in each text about Anna, and in no other."""
SHOWN = ("Quitterer", "anna@groessmann.example", "+499114711815", "+49 911 4711815", WORD)
QUESTIONS = (
    "?q=quitterer", "?q=anna+groessmann", "?q=09114711815", "?q=zwiebelturm", "?customer_q=quitterer", "?name=quitterer",
    "?email=ANNA@groessmann.example", "?phone=09114711815", "?view=open", "?show=all",
)  # fmt: skip
"""What somebody asks who looks for her. A page that repeats the question does not give itself away by it."""
SEALED = {"consent_payload", "audit_payload", "audit_entry", "consent_event", "erasure_row"}
"""Nobody changes these afterwards."""
OUTSIDE = ("/static", "/audit", "/outbox", "/ready", "/logout")
"""The audit trail and the outbox are records of what the company did; they are for those who answer for it."""


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
    await import_her(house, folder, now)
    await write_the_word(house.anna)


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
        if not (one.about and notes) or one.table in SEALED:
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


async def where_she_shows(asgi_app: Any, doors: Browser, house: House, questions: tuple[str, ...]) -> list[str]:
    """Every page and every answer of the API that tells of Anna, for whoever is logged in, and by what."""
    found = []
    month = (datetime.now(ZoneInfo("Europe/Berlin")) - timedelta(hours=1)).strftime("%Y-%m")
    for method, path, _handler in routes(asgi_app):
        if method != "GET" or path.startswith(OUTSIDE):
            continue
        where = numbers_of(
            house, path.replace("{month}", month), customer=house.groessmann, person=house.anna, ticket=house.ticket
        )
        for query in ("", *(questions if "{" not in path else ("?lang=en",))):
            answer = await doors.client.get(where + query, headers={"authorization": f"Bearer {doors.token}"})
            told = [each for each in SHOWN if each in answer.text]
            if told:
                found.append(f"{where}{query}: {answer.status_code} {', '.join(told)}")
    return found


def staff(house: House) -> list[User]:
    return [house.cast.petra, house.cast.eva, house.cast.karin]


async def test_nobody_but_the_officer_meets_a_restricted_person(asgi_app: Any, doors: Browser, house: House) -> None:
    await doors.log_in(house.cast.eva)
    assert len(await where_she_shows(asgi_app, doors, house, ())) > 20, "before, she is found in many places"
    await restrict(house)
    found = []
    for user in staff(house):
        await doors.log_in(user)
        found += [
            f"{user.role} {each}" for each in await where_she_shows(asgi_app, doors, house, QUESTIONS)
        ]
    assert not found, "\n".join(found)
    await doors.log_in(house.cast.sven)
    for where in (
        f"/customers/{house.groessmann}",
        f"/privacy/requests/{house.request}",
        f"/persons/{house.anna}/access-log",
    ):
        assert "Quitterer" in (await doors.get(where)).text, where
