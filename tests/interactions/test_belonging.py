"""What a contact belongs to: an enquiry, an order, a quotation or a product of the same customer."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import OrganisationData
from crm.customers.history import history_of
from crm.customers.orders.actions import create_order
from crm.customers.orders.data import Item, OrderRecord
from crm.customers.products.actions import create_product
from crm.customers.quotations.actions import create_quotation
from crm.database import execute, fetch_value
from crm.errors import Invalid
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.belonging import belonging_value, changed_belonging, read_belonging
from crm.interactions.correcting import correct_interaction
from crm.interactions.tables import Channel, Direction
from crm.tickets.opening import NewTicket, open_ticket
from crm.web.forms import Fields
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Sold(NamedTuple):
    """What Größmann has bought and asked for."""

    order: int
    quotation: int
    product: int
    ticket: int


@pytest.fixture
async def sold(cast: Cast, kitchen: int) -> Sold:
    by = cast.petra.id
    worktop = {"code": "AP-100", "name_de": "Arbeitsplatte", "name_en": "Worktop", "department": "Fertigung"}
    product = await create_product(worktop, by=by, now=LONG_AGO)
    items = (Item("AP-100", "", Decimal(1), Decimal(100)),)
    order = await create_order(
        OrderRecord(kitchen, "A-1", LONG_AGO.date(), Decimal(100), items=items), by=by, now=LONG_AGO
    )
    asked = {"subject": "Küche Nord", "products": ("AP-100",), "requested_at": LONG_AGO}
    quotation = await create_quotation(kitchen, asked, by=by, now=LONG_AGO)
    ticket = await open_ticket(NewTicket(kitchen, "Tür klemmt", "Die Tür klemmt.", "delivery"), by=by, now=LONG_AGO)
    return Sold(order, quotation, product, ticket.id)


async def log(cast: Cast, customer_id: int, **fields: Any) -> int:
    values = {"channel": Channel.PHONE, "direction": Direction.INBOUND, "text": "Fragt nach dem Termin.", **fields}
    return (await log_interaction(NewInteraction(customer_id=customer_id, **values), by=cast.petra.id, now=NOW)).id


@pytest.mark.parametrize(
    ("value", "field", "number"),
    [
        ("order:7", "order_id", 7),
        ("ticket:8", "ticket_id", 8),
        ("quotation:9", "quotation_id", 9),
        ("product:1", "product_id", 1),
    ],
)
def test_one_choice_says_what_it_is(value: str, field: str, number: int) -> None:
    chosen = read_belonging(Fields({"belongs_to": value}))
    assert {name: each for name, each in chosen.items() if each} == {field: number}
    assert belonging_value(chosen) == value


@pytest.mark.parametrize("value", ["order", "order:", "order:0", "house:1", "order:x", "order:²", f"order:{2**63}"])
def test_what_the_form_never_offers_is_refused(value: str) -> None:
    fields = Fields({"belongs_to": value})
    read_belonging(fields)
    assert set(fields.errors) == {"belongs_to"}


def test_a_correction_that_leaves_the_choice_changes_nothing_of_it() -> None:
    assert changed_belonging(Fields({"belongs_to": "order:7", "belonged_to": "order:7"})) == {}
    cleared = changed_belonging(Fields({"belongs_to": "", "belonged_to": "order:7"}))
    assert cleared == {"ticket_id": None, "order_id": None, "quotation_id": None, "product_id": None}


async def test_the_form_offers_what_the_customer_has_and_the_history_links_it(
    browser: Browser, cast: Cast, kitchen: int, sold: Sold
) -> None:
    await browser.log_in(cast.petra)
    form = await browser.get(f"/interactions/new?customer={kitchen}&order={sold.order}", htmx=True)
    for value in (f"ticket:{sold.ticket}", f"quotation:{sold.quotation}", f"product:{sold.product}"):
        assert f'<option value="{value}">' in form.text, value
    assert f'<option value="order:{sold.order}" selected>' in form.text, "the page of the order has filled it in"
    assert int(form.headers["x-sql-statements"]) <= 5
    body = {"customer_id": kitchen, "text": "Wann kommt sie?", "belongs_to": f"order:{sold.order}"}
    saved = await browser.post("/interactions", body, htmx=True)
    assert saved.status_code == 200, saved.text
    assert int(saved.headers["x-sql-statements"]) <= 8
    assert await fetch_value("SELECT customer_order FROM interaction") == sold.order
    for page in ("/interactions", f"/customers/{kitchen}"):
        assert f'href="/orders/{sold.order}"' in (await browser.get(page)).text, page
    line = (await history_of(kitchen)).entries[0]
    assert line.about == (("Bestellung A-1", f"/orders/{sold.order}"),)


async def test_what_belongs_to_somebody_else_is_refused(browser: Browser, cast: Cast, kitchen: int, sold: Sold) -> None:
    other = await create_organisation(OrganisationData(name="Anders GmbH"), by=cast.petra.id, now=LONG_AGO)
    with pytest.raises(Invalid) as refused:
        await log(
            cast, other, order_id=sold.order, quotation_id=sold.quotation, product_id=2**40, ticket_id=sold.ticket
        )
    assert set(refused.value.errors) == {"order_id", "quotation_id", "product_id", "ticket_id"}
    await browser.log_in(cast.petra)
    body = {"customer_id": other, "text": "Bleibt stehen.", "belongs_to": f"order:{sold.order}"}
    wrong = await browser.post("/interactions", body, htmx=True)
    assert wrong.status_code == 422
    assert "gehört nicht zum Kunden" in wrong.text
    assert "Bleibt stehen." in wrong.text


async def test_a_correction_keeps_what_it_belonged_to(browser: Browser, cast: Cast, kitchen: int, sold: Sold) -> None:
    contact = await log(cast, kitchen, order_id=sold.order, product_id=sold.product)
    await browser.log_in(cast.petra)
    page = (await browser.get(f"/interactions/{contact}")).text
    assert f'href="/orders/{sold.order}"' in page
    assert "Arbeitsplatte" in page
    body = {"at": "2026-11-23T10:00", "channel": "phone", "direction": "inbound", "text": "Anders.", "version": "1"}
    kept = {**body, "belongs_to": f"order:{sold.order}", "belonged_to": f"order:{sold.order}"}
    assert (await browser.post(f"/interactions/{contact}", kept)).status_code == 303
    assert await fetch_value("SELECT product FROM interaction") == sold.product, "what the form cannot show stays"
    await correct_interaction(contact, {"order_id": None, "quotation_id": sold.quotation}, 2, by=cast.petra.id, now=NOW)
    fields = msgspec.json.decode(await fetch_value("SELECT fields::text FROM interaction_version WHERE version = 2"))
    assert (fields["order_id"], fields["quotation_id"]) == (sold.order, None)
    about = (await history_of(kitchen)).entries[0].about
    assert [name for name, _href in about] == ["Angebot Küche Nord", "Arbeitsplatte"]


async def test_an_order_that_is_removed_leaves_the_contact(cast: Cast, kitchen: int, sold: Sold) -> None:
    contact = await log(cast, kitchen, order_id=sold.order)
    await execute("DELETE FROM customer_order WHERE id = $1", sold.order)
    assert await fetch_value("SELECT customer_order FROM interaction WHERE id = $1", contact) is None
    assert (await history_of(kitchen)).entries[0].about == ()


async def test_the_api_tells_and_takes_what_it_belongs_to(
    browser: Browser, cast: Cast, kitchen: int, sold: Sold
) -> None:
    await browser.log_in(cast.petra)
    body = {"customer_id": kitchen, "channel": "phone", "text": "x", "order_id": sold.order, "product_id": sold.product}
    made = (await browser.api("POST", "/interactions", body)).json()["id"]
    changed = await browser.api("PATCH", f"/interactions/{made}", {"order_id": None, "quotation_id": sold.quotation})
    one = changed.json()
    assert (one["order_id"], one["quotation_id"], one["product_id"]) == (None, sold.quotation, sold.product)
    listed = (await browser.api("GET", f"/interactions?customer_id={kitchen}")).json()["items"][0]
    assert (listed["order_id"], listed["quotation_id"]) == (None, sold.quotation)
