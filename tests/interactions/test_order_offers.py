"""Contacts and the orders they belong to: connected when one is named, asked about when near, never guessed silently."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import OrganisationData
from crm.customers.history import history_of
from crm.customers.orders.actions import create_order
from crm.customers.orders.data import OrderRecord
from crm.customers.orders.tables import OrderStatus
from crm.database import execute, fetch, fetch_value
from crm.errors import Invalid, NotFound, RuleBroken
from crm.interactions.actions import Logged, NewInteraction, log_interaction
from crm.interactions.correcting import correct_interaction
from crm.interactions.observations.linking import link_observation
from crm.interactions.order_answers import agree_to_order, refuse_order
from crm.interactions.tables import Channel, Direction
from crm.tickets.opening import NewTicket, open_ticket
from crm.web.formats import local
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    return local(now()).date()


async def ordered(cast: Cast, customer: int, number: str, days_ago: int, **more: Any) -> int:
    record = OrderRecord(customer, number, today() - timedelta(days=days_ago), Decimal(120), **more)
    return await create_order(record, by=cast.petra.id, now=now())


async def log(cast: Cast, customer: int | None, text: str, **fields: Any) -> Logged:
    values = {"channel": Channel.PHONE, "direction": Direction.INBOUND, "text": text, **fields}
    return await log_interaction(NewInteraction(customer_id=customer, **values), by=cast.petra.id, now=now())


async def order_of(contact: int) -> int | None:
    found: int | None = await fetch_value("SELECT customer_order FROM interaction WHERE id = $1", contact)
    return found


async def decisions(contact: int) -> list[tuple[str, str, bool]]:
    rows = await fetch(
        "SELECT o.number, x.basis, x.refused_at IS NOT NULL AS refused FROM contact_order x "
        "JOIN customer_order o ON o.id = x.customer_order WHERE x.interaction = $1 ORDER BY o.number",
        contact,
    )
    return [(row.number, row.basis, row.refused) for row in rows]


@pytest.fixture
async def other(cast: Cast) -> int:
    return await create_organisation(OrganisationData(name="Anders GmbH"), by=cast.petra.id, now=LONG_AGO)


async def test_a_contact_that_names_one_order_belongs_to_it_and_says_why(
    browser: Browser, cast: Cast, kitchen: int
) -> None:
    await browser.log_in(cast.petra)
    order = await ordered(cast, kitchen, "A-10492", 90)
    body = {"customer_id": kitchen, "text": "Fragt nach a-10492.", "belongs_to": ""}
    saved = await browser.post("/interactions", body, htmx=True)
    assert "Der Kontakt ist gespeichert. Er gehört zu Bestellung A-10492: Die Nummer steht im Text." in saved.text
    assert int(saved.headers["x-sql-statements"]) <= 10
    contact = await fetch_value("SELECT id FROM interaction")
    assert await order_of(contact) == order
    assert (await history_of(kitchen)).entries[0].about == (("Bestellung A-10492", f"/orders/{order}"),)
    page = (await browser.get(f"/interactions/{contact}")).text
    assert "Die Nummer steht im Text." in page
    assert f"/interactions/{contact}/orders/{order}/removal" in page


async def test_what_was_chosen_counts_and_not_what_is_named(cast: Cast, kitchen: int) -> None:
    await ordered(cast, kitchen, "A-10492", 90)
    chosen = await ordered(cast, kitchen, "A-10500", 80)
    contact = await log(cast, kitchen, "Wie bei A-10492.", order_id=chosen)
    assert (contact.order_id, contact.named) == (chosen, "")
    assert await decisions(contact.id) == []


async def test_several_named_orders_are_asked_about(browser: Browser, cast: Cast, kitchen: int) -> None:
    await browser.log_in(cast.petra)
    await ordered(cast, kitchen, "A-10492", 200)
    second = await ordered(cast, kitchen, "A-10500", 190)
    contact = (await log(cast, kitchen, "Vergleicht A-10492 und A-10500.")).id
    assert await order_of(contact) is None
    page = (await browser.get(f"/interactions/{contact}")).text
    assert "Gehört das zu Bestellung A-10492" in page
    assert "Gehört das zu Bestellung A-10500" in page
    history = (await browser.get(f"/customers/{kitchen}", htmx=True)).text
    assert "Gehört zu Bestellung A-10492?" in history
    assert "Gehört zu Bestellung A-10500?" in history
    assert (await browser.post(f"/interactions/{contact}/orders/{second}")).status_code == 303
    assert await order_of(contact) == second


async def test_another_customers_order_is_never_connected(cast: Cast, kitchen: int, other: int) -> None:
    theirs = await ordered(cast, other, "A-77777", 3)
    contact = (await log(cast, kitchen, "Es geht um A-77777.")).id
    assert await order_of(contact) is None
    with pytest.raises(Invalid):
        await agree_to_order(contact, theirs, by=cast.petra.id, now=now())
    with pytest.raises(NotFound):
        await refuse_order(contact, theirs, by=cast.petra.id, now=now())
    assert await decisions(contact) == []


async def test_an_order_shortly_before_is_asked_about_and_agreed_to_with_one_click(
    browser: Browser, cast: Cast, kitchen: int
) -> None:
    await browser.log_in(cast.petra)
    order = await ordered(cast, kitchen, "A-10492", 3)
    contact = (await log(cast, kitchen, "Fragt nach dem Termin.")).id
    assert await order_of(contact) is None
    assert "Gehört das zu Bestellung A-10492" in (await browser.get(f"/interactions/{contact}")).text
    shown = (await browser.get(f"/customers/{kitchen}")).text
    assert f'href="/interactions/{contact}#orders"' in shown
    assert "Gehört zu Bestellung A-10492?" in shown
    for _click in range(2):
        assert (await browser.post(f"/interactions/{contact}/orders/{order}")).status_code == 303
    page = (await browser.get(f"/interactions/{contact}?done=order_connected")).text
    assert "Bestätigt von Petra" in page
    assert "Gehört das zu Bestellung" not in page
    assert "Gehört zu Bestellung" not in (await browser.get(f"/customers/{kitchen}", htmx=True)).text
    assert (await history_of(kitchen)).entries[0].about == (("Bestellung A-10492", f"/orders/{order}"),)
    said = "SELECT count(*) FROM audit_entry WHERE action = 'interaction.order_connected' AND subject_id = $1"
    assert await fetch_value(said, contact) == 1


async def test_a_no_is_remembered_and_takes_a_connection_back(browser: Browser, cast: Cast, kitchen: int) -> None:
    await browser.log_in(cast.petra)
    order = await ordered(cast, kitchen, "A-10492", 3)
    contact = (await log(cast, kitchen, "A-10492 ist da, es geht um etwas anderes.")).id
    assert await order_of(contact) == order
    for _click in range(2):
        assert (await browser.post(f"/interactions/{contact}/orders/{order}/removal")).status_code == 303
    assert await order_of(contact) is None
    assert (await history_of(kitchen)).entries[0].about == ()
    assert "Gehört das zu Bestellung" not in (await browser.get(f"/interactions/{contact}?done=order_parted")).text
    assert "Gehört zu Bestellung" not in (await browser.get(f"/customers/{kitchen}")).text
    said = "SELECT count(*) FROM audit_entry WHERE action = 'interaction.order_parted' AND subject_id = $1"
    assert await fetch_value(said, contact) == 1
    await correct_interaction(contact, {"text": "A-10492 ist da."}, None, by=cast.petra.id, now=now())
    assert await order_of(contact) is None, "a correction does not connect again what somebody has parted"


@pytest.mark.parametrize("beside", ["ticket", "automatic", "old", "cancelled"])
async def test_nobody_is_asked_where_there_is_nothing_to_ask(
    browser: Browser, cast: Cast, kitchen: int, beside: str
) -> None:
    await browser.log_in(cast.petra)
    more: dict[str, Any] = {"status": OrderStatus.CANCELLED} if beside == "cancelled" else {}
    await ordered(cast, kitchen, "A-10492", 60 if beside == "old" else 3, **more)
    fields: dict[str, Any] = {}
    if beside == "ticket":
        ticket = await open_ticket(NewTicket(kitchen, "Tür klemmt", "Sie klemmt."), by=cast.petra.id, now=LONG_AGO)
        fields["ticket_id"] = ticket.id
    contact = (await log(cast, kitchen, "Ohne Nummer.", **fields)).id
    if beside == "automatic":
        await execute('INSERT INTO interaction_mail (interaction, follow_up) VALUES ($1, \'{"key": "x"}\')', contact)
    assert "Gehört das zu Bestellung" not in (await browser.get(f"/interactions/{contact}")).text


async def test_another_order_is_not_replaced_unseen(cast: Cast, kitchen: int) -> None:
    first = await ordered(cast, kitchen, "A-1", 5)
    second = await ordered(cast, kitchen, "A-2", 3)
    contact = (await log(cast, kitchen, "Ohne Nummer.", order_id=first)).id
    with pytest.raises(RuleBroken):
        await agree_to_order(contact, second, by=cast.petra.id, now=now())
    assert await order_of(contact) == first


async def test_a_correction_connects_what_it_names_and_parts_what_it_clears(
    browser: Browser, cast: Cast, kitchen: int
) -> None:
    await browser.log_in(cast.petra)
    order = await ordered(cast, kitchen, "A-10492", 3)
    contact = (await log(cast, kitchen, "Ohne Nummer.")).id
    await correct_interaction(contact, {"text": "Zu A-10492."}, None, by=cast.petra.id, now=now())
    assert await order_of(contact) == order
    assert await decisions(contact) == [("A-10492", "named", False)]
    await correct_interaction(contact, {"order_id": None}, None, by=cast.petra.id, now=now())
    assert await decisions(contact) == [("A-10492", "named", True)]
    assert "Gehört das zu Bestellung" not in (await browser.get(f"/interactions/{contact}")).text
    await correct_interaction(contact, {"order_id": order}, None, by=cast.petra.id, now=now())
    assert await decisions(contact) == [("A-10492", "chosen", False)]
    assert "Zugeordnet von Petra" in (await browser.get(f"/interactions/{contact}")).text


async def test_an_observation_that_finds_its_customer_finds_the_order_too(cast: Cast, kitchen: int) -> None:
    order = await ordered(cast, kitchen, "A-10492", 90)
    review = (await log(cast, None, "A-10492 kam zu spät.", channel=Channel.REVIEW)).id
    await link_observation(review, kitchen, by=cast.petra.id, now=now())
    assert await order_of(review) == order
    assert (await history_of(kitchen)).entries[0].about == (("Bestellung A-10492", f"/orders/{order}"),)


async def test_restricted_customers_and_roles_that_only_read_change_nothing(
    browser: Browser, cast: Cast, kitchen: int
) -> None:
    order = await ordered(cast, kitchen, "A-10492", 3)
    contact = (await log(cast, kitchen, "Ohne Nummer.")).id
    await browser.log_in(cast.sven)
    assert (await browser.post(f"/interactions/{contact}/orders/{order}")).status_code == 403
    await execute("UPDATE customer SET restricted_at = now() WHERE id = $1", kitchen)
    await browser.log_in(cast.petra)
    for path in ("", "/removal"):
        assert (await browser.post(f"/interactions/{contact}/orders/{order}{path}")).status_code == 404
    assert await decisions(contact) == []
    with pytest.raises(NotFound):
        await agree_to_order(contact, order, by=cast.petra.id, now=now())


async def test_the_api_tells_connects_and_parts(browser: Browser, cast: Cast, kitchen: int) -> None:
    await browser.log_in(cast.petra)
    named = await ordered(cast, kitchen, "A-10492", 90)
    near = await ordered(cast, kitchen, "A-10500", 2)
    body = {"customer_id": kitchen, "channel": "phone", "text": "Zu A-10492"}
    made = (await browser.api("POST", "/interactions", body)).json()
    assert made["order_id"] == named
    assert (await browser.api("GET", f"/interactions/{made['id']}")).json()["order_basis"] == "named"
    quiet = (await browser.api("POST", "/interactions", {**body, "text": "Ohne"})).json()["id"]
    one = (await browser.api("GET", f"/interactions/{quiet}")).json()
    assert (one["order_id"], one["order_basis"], one["orders_offered"]) == (
        None,
        None,
        [{"id": near, "number": "A-10500"}],
    )
    agreed = await browser.api("POST", f"/interactions/{quiet}/orders", {"order_id": near})
    assert agreed.status_code == 201, agreed.text
    assert (agreed.json()["order_id"], agreed.json()["order_basis"]) == (near, "agreed")
    assert (await browser.api("POST", f"/interactions/{quiet}/orders", {"order_id": named})).status_code == 422
    assert (await browser.api("POST", f"/interactions/{quiet}/orders", {"order_id": 10**9})).status_code == 422
    parted = (await browser.api("DELETE", f"/interactions/{quiet}/orders/{near}")).json()
    assert (parted["order_id"], parted["orders_offered"]) == (None, [])
