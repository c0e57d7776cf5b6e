"""What the log says on its pages, and that nothing of what was done with somebody's data is missing from theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crm.accounts.audit import record
from crm.customers.orders.tables import Order, Quotation
from crm.customers.tables import Document
from crm.database import execute, fetch, fetch_one
from crm.improvement.tables import Feedback
from crm.interactions.calls.tables import CallBack
from crm.privacy.access_log.keeping import Keeper
from crm.privacy.access_log.noting import Looker, Opened, Searched, opened
from crm.privacy.access_log.queries import About, Asked, Deed, access_log
from crm.privacy.access_log.writing import write_opened, write_searched
from crm.privacy.desk.tables import DataRequest
from crm.privacy.erasure.tables import Erasure
from crm.tickets.tables import Ticket
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import Customers

NOW = datetime(2026, 11, 27, 9, 15, tzinfo=UTC)


def search(user: int, place: str, hits: int | None) -> Searched:
    return Searched(Looker(user, "sales", "signed_in"), place, "Größmann", hits, "page", NOW)


async def test_a_search_is_told_with_its_place_and_its_hits_in_words(browser: Browser, cast: Cast) -> None:
    await write_searched([
        search(cast.petra.id, "exports", 1), search(cast.petra.id, "customers", 1234), search(cast.petra.id, "some-new-list", None),
    ])  # fmt: skip
    await browser.log_in(cast.sven)
    page = (await browser.get("/access-log", params={"kind": "searched"})).text
    for words in ("(Exporte)", "(Kunden)", "(anderswo)", "1 Treffer gezeigt", "1.234 Treffer gezeigt"):
        assert words in page, words
    for raw in ("%(num)s", "some-new-list", "(exports)"):
        assert raw not in page, raw


async def test_similar_customers_that_a_search_showed_are_hits_too(
    browser: Browser, cast: Cast, customers: Customers, keeper: Keeper
) -> None:
    await browser.log_in(cast.petra)
    shown = await browser.api("GET", "/customers?q=Größmannn")
    await keeper.write()
    row = await fetch_one("SELECT words, hits FROM access_entry WHERE kind = 'searched'")
    assert row is not None
    assert "Größmann Küchen GmbH" in shown.text
    assert (row.words, row.hits) == ("Größmannn", 1)


async def test_a_part_that_is_fetched_by_itself_counts_for_nothing(
    cast: Cast, customers: Customers, keeper: Keeper
) -> None:
    page = Opened(Looker(cast.petra.id, "sales", "customers.view"), "customer", customers.emre, "page", NOW)
    for _poll in range(5):
        keeper.note(replace(page, counts=False))
    await keeper.write()
    assert [row.times for row in (await access_log(Asked(deed=Deed.OPENED), restricted=True)).lines] == [1]
    for _again in range(2):
        keeper.note(page)
        keeper.note(replace(page, counts=False))
        await keeper.write()
    assert [row.times for row in await fetch("SELECT times FROM access_entry")] == [2]


@pytest.mark.parametrize(
    ("name", "kind"), [("request_id", "data_request"), ("erasure_id", "erasure"), ("call_back_id", "call_back")]
)
def test_pages_of_data_protection_and_call_backs_are_noted(name: str, kind: str) -> None:
    entry = opened(Looker(1, "privacy", "privacy.manage"), "/privacy/requests/7", {name: 7}, NOW)
    assert entry is not None
    assert (entry.subject_kind, entry.subject_id) == (kind, 7)


async def records_of(customer: int, person: int, by: int) -> Mapping[str, int]:
    """One record of each kind that belongs to a customer, by kind."""
    ticket = await fetch_one("SELECT id FROM ticket WHERE customer = $1", customer)
    if ticket is None:
        level = (await fetch("SELECT service_level FROM customer WHERE id = $1", customer))[0].service_level
        row = Ticket(
            customer=customer, person=person, subject="Fuge", service_level=level, opened_at=NOW, channel="phone"
        )
        await row.save()
        ticket_id = row.id
    else:
        ticket_id = ticket.id
    made = {
        "document": Document(
            customer=customer, name="a.pdf", sha256="0" * 64, size=1, media_type="application/pdf", uploaded_at=NOW
        ),
        "order": Order(customer=customer, number="A-1", amount=1, ordered_on=NOW.date(), created_at=NOW),
        "quotation": Quotation(customer=customer, number="Q-1", requested_at=NOW, created_at=NOW),
        "call_back": CallBack(kind="wished", customer=customer, person=person, at=NOW, due_at=NOW, created_at=NOW),
        "feedback": Feedback(kind="praise", category="product", ticket=ticket_id, at=NOW),
        "data_request": DataRequest(
            kind="access", source="phone", customer=customer, person=person, received_at=NOW, due_on=NOW.date()
        ),
        "erasure": Erasure(customer=customer, person=person, uid="e" * 32),
    }
    for one in made.values():
        await one.save()
    return {"ticket": ticket_id, **{kind: one.id for kind, one in made.items()}}


async def test_whatever_was_changed_of_a_customer_stands_in_their_log_and_in_the_persons(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    records = await records_of(customers.emre, customers.emre_person, cast.petra.id)
    for number, (kind, subject) in enumerate(records.items()):
        await record(f"{kind}.changed", kind, subject, by=cast.petra.id, now=NOW + timedelta(minutes=number))

    for about in (About(customer_id=customers.emre), About(person_id=customers.emre_person)):
        found = await access_log(Asked(cast.petra.id, Deed.CHANGED, NOW.date()), about, restricted=True)
        assert {line.subject_kind for line in found.lines} == set(records), about
        assert {line.customer_id for line in found.lines} == {customers.emre}
    for other in (About(customer_id=customers.groessmann), About(person_id=customers.anna)):
        assert (await access_log(Asked(cast.petra.id, Deed.CHANGED, NOW.date()), other, restricted=True)).lines == []

    looker = Looker(cast.sven.id, "privacy", "privacy.manage")
    await write_opened([(Opened(looker, kind, subject, "page", NOW), 1) for kind, subject in records.items()])
    seen = await fetch("SELECT subject_kind, customer_id FROM access_entry WHERE kind = 'opened'")
    assert {(row.subject_kind, row.customer_id) for row in seen} == {(kind, customers.emre) for kind in records}
    await browser.log_in(cast.sven)
    page = await browser.get(f"/customers/{customers.emre}/access-log")
    assert int(page.headers["x-sql-statements"]) <= 8
    for address in ("/privacy/requests/", "/privacy/erasures/", "/quotations/", "/orders/"):
        assert f'href="{address}' in page.text, address


async def test_who_may_not_see_the_log_is_told_that_there_is_none(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await execute("DELETE FROM access_entry")
    await browser.log_in(cast.ali)
    for address in (
        "/access-log",
        f"/customers/{customers.emre}/access-log",
        f"/persons/{customers.emre_person}/access-log",
    ):
        assert (await browser.get(address)).status_code == 404, address
