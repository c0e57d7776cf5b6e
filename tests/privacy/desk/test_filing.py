"""A request is written down, and the officers hear of it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from crm.customers.tables import Person
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import NotFound
from crm.privacy.desk.filing import file_request
from crm.privacy.desk.handling import name_subject
from crm.privacy.desk.tables import RequestKind, RequestSource
from crm.privacy.subject import subject_named
from tests.cast import Cast
from tests.customers.conftest import Customers

NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)


async def test_it_has_its_day_and_its_trace_and_the_officer_is_told(customers: Customers, cast: Cast) -> None:
    request = await file_request(
        "access",
        source="page",
        text="Was wissen Sie über mich?",
        person_id=customers.anna,
        requester_name="Anna Größmann",
        now=NOW,
    )
    row = await fetch_one("SELECT * FROM data_request WHERE id = $1", request)
    assert row is not None
    assert (row.kind, row.status, row.identity, row.due_on) == ("access", "new", "unchecked", date(2026, 12, 28))
    assert (row.person, row.customer) == (customers.anna, customers.groessmann), "of the person follows the customer"
    told = await fetch('SELECT "user", link FROM notification WHERE kind = $1', "request_filed")
    assert [(one.user, one.link) for one in told] == [(cast.sven.id, f"/privacy/requests/{request}")]
    assert await fetch_one(
        "SELECT id FROM audit_entry WHERE action = 'data_request.filed' AND subject_id = $1", request
    )
    log = await fetch("SELECT event FROM data_request_event WHERE request = $1", request)
    assert [line.event for line in log] == ["filed"]


async def test_the_day_counts_by_the_companys_clock(customers: Customers) -> None:
    request = await file_request(
        RequestKind.ERASURE,
        source=RequestSource.HAND,
        person_id=customers.anna,
        now=datetime(2026, 5, 31, 22, 30, tzinfo=UTC),
    )
    row = await fetch_one("SELECT due_on FROM data_request WHERE id = $1", request)
    assert row is not None
    assert row.due_on == date(2026, 7, 1), "half past midnight on 1 June in Berlin"


async def test_of_a_private_customer_follows_the_person(customers: Customers) -> None:
    request = await file_request("objection", source="hand", customer_id=customers.emre, now=NOW)
    row = await fetch_one("SELECT person, language FROM data_request WHERE id = $1", request)
    assert row is not None
    assert row.person == customers.emre_person


async def further_person(customers: Customers) -> int:
    """Ben, who belongs to Emre's household: a person at his private customer, and not himself that customer."""
    ben = await fetch_value(
        "INSERT INTO person (given_name, family_name, title, form_of_address, language, created_at, version) "
        "VALUES ('Ben', 'Gatte', '', 'mr', 'de', $1, 1) RETURNING id",
        NOW,
    )
    await execute(
        "INSERT INTO affiliation (customer, person, function, is_self, position) VALUES ($1, $2, '', false, 5)",
        customers.emre, ben,
    )  # fmt: skip
    return int(ben)


@pytest.mark.parametrize("is_named", [False, True])
async def test_a_spouse_asks_for_themselves_alone(customers: Customers, is_named: bool) -> None:
    ben = await further_person(customers)
    customer = customers.emre if is_named else None
    request = await file_request("access", source="page", person_id=ben, customer_id=customer, now=NOW)
    row = await fetch_one("SELECT person, customer FROM data_request WHERE id = $1", request)
    assert row is not None
    assert (row.person, row.customer) == (ben, None)
    subject = await subject_named(ben, customers.emre)
    assert (subject.persons, subject.customers, subject.name) == ((ben,), (), "Ben Gatte")


async def test_an_officer_who_names_the_spouse_leaves_the_customer_out(customers: Customers, cast: Cast) -> None:
    ben = await further_person(customers)
    request = await file_request("access", source="hand", now=NOW)
    await name_subject(request, customers.emre, ben, by=cast.sven.id, now=NOW)
    row = await fetch_one("SELECT person, customer FROM data_request WHERE id = $1", request)
    assert row is not None
    assert (row.person, row.customer) == (ben, None)


async def test_who_was_merged_asks_as_the_survivor(customers: Customers) -> None:
    other = Person(given_name="A.", family_name="Größmann", created_at=NOW, merged_into=customers.anna)
    await other.save()
    request = await file_request("access", source="mail", person_id=other.id, now=NOW)
    row = await fetch_one("SELECT person FROM data_request WHERE id = $1", request)
    assert row is not None
    assert row.person == customers.anna


async def test_a_mail_becomes_one_request(customers: Customers) -> None:
    first = await file_request("access", source="mail", incoming_id=7, now=NOW)
    assert await file_request("erasure", source="mail", incoming_id=7, now=NOW) == first


async def test_nobody_known_is_no_hindrance_and_a_wrong_id_is(customers: Customers) -> None:
    assert await file_request("access", source="hand", requester_name="Unbekannt\x00", text="x" * 10_000_000, now=NOW)
    with pytest.raises(NotFound):
        await file_request("access", source="hand", person_id=999_999_999, now=NOW)
    with pytest.raises(ValueError, match="everything"):
        await file_request("everything", source="hand", now=NOW)
