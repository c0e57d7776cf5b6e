"""The register of personal columns is complete, and finds what is written about the people of a house that is lived in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from piccolo.columns import JSONB, Array, Bytea, Text, Varchar

from crm.consents.sending import queue_mail
from crm.database import execute, fetch, fetch_value
from crm.personal import COPIED, Declared, Duty, Erase, declared, quoted, register
from crm.piccolo_app import APP_CONFIG
from tests.attacks.conftest import House, furnish
from tests.cast import introduce

TELLS_OF_PEOPLE = (Varchar, Text, JSONB, Bytea, Array)
TABLES = {table._meta.tablename: table for table in APP_CONFIG.table_classes}


def columns(table: Any) -> set[str]:
    return {column._meta.db_column_name for column in table._meta.columns}


def text_columns(table: Any) -> set[str]:
    return {column._meta.db_column_name for column in table._meta.columns if isinstance(column, TELLS_OF_PEOPLE)}


def test_every_table_is_declared_and_no_other() -> None:
    assert {one.table for one in register()} == set(TABLES)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_column_that_may_tell_of_people_is_declared(table: str) -> None:
    told = set(declared(table).columns)
    undeclared, unknown = text_columns(TABLES[table]) - told, told - columns(TABLES[table])
    assert not undeclared, f"say in personal.py what {table} knows about people: {sorted(undeclared)}"
    assert not unknown, f"{table} has no {sorted(unknown)}"


@pytest.mark.parametrize("one", register(), ids=lambda one: one.table)
def test_a_declaration_makes_sense(one: Declared) -> None:
    assert set(one.files) <= set(one.columns)
    assert set(one.labels) <= columns(TABLES[one.table])
    assert bool(one.keep) == bool(one.since), "a duty runs from some day"
    if one.about:
        assert one.heading or one.copy_if == "false", "people read the name of what is about them"
    else:
        assert one.erase is Erase.STAYS
    if one.erase is Erase.BLANK:
        assert one.erased_columns, "there is nothing to empty"


@pytest.mark.parametrize("one", [one for one in register() if one.about], ids=lambda one: one.table)
async def test_each_condition_can_be_asked(one: Declared, database: None) -> None:
    """All that PostgreSQL would refuse: a misspelt column, a missing type."""
    for condition in (one.copied, one.erasable, one.kept):
        if condition:
            asked = f"{Declared(one.table, about=condition).rows_about('count(*)')}"
            assert await fetch_value(asked, [-1], [-1], ["nobody@nowhere.example"]) == 0
    if one.since:
        await fetch(one.rows_about(f"({one.since})::date AS since"), [-1], [-1], [""])


EMRE = {  # what a private customer of that house has, at least
    "customer", "person", "affiliation", "email_address", "interaction", "ticket", "timeline_entry", "customer_figures",
    "document", "customer_order", "order_item", "quotation", "quotation_product", "consent_event", "consent_payload",
    "reminder", "call_back", "feedback", "alarm", "observation", "import_row", "import_run", "export_subjects", "export_run",
    "customer_tag", "bulk_item", "customer_merge", "duplicate_pair", "notification", "audit_entry", "audit_payload",
    "routing_decision", "status_change",
}  # fmt: skip
ANNA = {  # and the person at an organisation
    "person", "affiliation", "email_address", "interaction", "ticket", "timeline_entry", "document", "consent_event",
    "consent_payload", "call_back", "feedback", "alarm", "observation", "export_subjects", "export_run", "notification",
    "audit_entry", "audit_payload", "routing_decision",
}  # fmt: skip


async def rows(one: Declared, who: tuple[list[int], list[int], list[str]]) -> set[int]:
    return {row.id for row in await fetch(one.rows_about("t.id"), *who)}


async def both(house: House) -> tuple[tuple[list[int], list[int], list[str]], tuple[list[int], list[int], list[str]]]:
    merged = await fetch_value("SELECT array_agg(id) FROM customer WHERE merged_into = $1", house.emre)
    persons = await fetch_value("SELECT array_agg(id) FROM person WHERE merged_into = $1", house.emre_person)
    emre = ([house.emre_person, *persons], [house.emre, *merged], ["emre@yildiz.example", "e@y.example"])
    return emre, ([house.anna], [], ["anna@groessmann.example"])


async def test_what_is_about_two_people_is_found_and_kept_apart(own_database: str) -> None:
    house = await furnish(await introduce())
    await queue_mail(  # what staff are mailed about him waits for the morning, if it is night
        purpose="correspondence", to_address="emre@yildiz.example", subject="Ihre Küche", text="Guten Tag", language="de",
        person_id=house.emre_person, customer_id=house.emre, now=datetime.now(UTC),
    )  # fmt: skip
    emre, anna = await both(house)
    found: dict[str, tuple[set[int], set[int]]] = {}
    for one in register():
        if one.about:
            found[one.table] = (await rows(one, emre), await rows(one, anna))
    assert {table for table, (his, _hers) in found.items() if his} >= EMRE
    assert {table for table, (_his, hers) in found.items() if hers} >= ANNA
    of_many = {"export_run", "export_subjects", "import_run"}
    assert not {table: his & hers for table, (his, hers) in found.items() if his & hers and table not in of_many}


async def test_a_mail_to_staff_is_found_by_its_link_and_is_in_no_copy(own_database: str) -> None:
    """Such mails are written by day alone: this one by hand."""
    house = await furnish(await introduce())
    emre, anna = await both(house)
    written = await fetch_value(
        "INSERT INTO outbox_message (status, purpose, to_address, to_name, subject, text, html, message_id, user_id, created_at) VALUES "
        "('sent', 'account', 'eva@kuechen.example', 'Eva', 'Alarm', $1, '', 'a-message-of-its-own', $2, now()) RETURNING id",
        f"Zum Kunden: https://crm.example/customers/{house.emre}\n", house.cast.eva.id,
    )  # fmt: skip
    outbox = declared("outbox_message")
    assert written in await rows(outbox, emre)
    assert written not in await rows(outbox, anna)
    copied = Declared(outbox.table, about=outbox.copied)
    assert written not in await rows(copied, emre)


async def test_nothing_personal_of_emre_is_left_where_the_register_does_not_look(own_database: str) -> None:
    """His name and address, looked for in every text of the database: each place is one of a row that is about him, or one
    where the officer searches by hand."""
    house = await furnish(await introduce())
    emre, _anna = await both(house)
    left = []
    for one in register():
        texts = text_columns(TABLES[one.table])
        if not texts:
            continue
        words = " OR ".join(f"t.{quoted(name)}::text ~* 'y[ıi]ld[ıi]z'" for name in sorted(texts))
        hits = {row.id for row in await fetch(f"SELECT t.id FROM {quoted(one.table)} t WHERE {words}")}
        if hits - (await rows(one, emre) if one.about else set()):
            left.append(one.table)
    assert set(left) <= {"search_word"}


async def test_a_contact_is_shown_to_whoever_took_part_and_erased_with_its_person_alone(own_database: str) -> None:
    house = await furnish(await introduce())
    await execute(
        "INSERT INTO contact_participant (interaction, person) VALUES ($1, $2)", house.emre_interaction, house.anna
    )
    contact = declared("interaction")
    count = "SELECT count(*) FROM interaction t WHERE t.id = $4 AND "
    prelude = "WITH subject AS (SELECT $1::bigint[], $2::bigint[], $3::text[]) "
    anna: tuple[Any, ...] = ([house.anna], [], [""], house.emre_interaction)
    assert await fetch_value(f"{prelude}{count}({contact.copied})", *anna) == 1
    assert await fetch_value(f"{prelude}{count}({contact.erasable})", *anna) == 0


def test_what_a_duty_keeps_is_named() -> None:
    kept = {one.table: one.keep for one in register() if one.keep}
    assert kept["customer_order"] is Duty.VOUCHER
    assert kept["quotation"] is Duty.COMMERCIAL_LETTER
    assert kept["consent_payload"] is Duty.PROOF


def test_secrets_and_words_for_searching_are_in_no_copy() -> None:
    for table, column in (("customer", "search_text"), ("log_address", "token"), ("staff", "password_hash")):
        assert declared(table).columns[column] not in COPIED
