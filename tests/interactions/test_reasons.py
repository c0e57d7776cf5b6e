"""Why customers turn to the company: the catalogue that Eva keeps, and the reason of a contact everywhere it is shown."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from crm.customers.history import history_of
from crm.database import execute, fetch_one, fetch_value
from crm.errors import Conflict, Invalid
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.correcting import correct_interaction
from crm.interactions.events.holding import EventData, create_event
from crm.interactions.reasons import change_reason, contact_reasons, create_reason, retire_reason
from crm.interactions.tables import Channel, Direction
from crm.tickets.opening import NewTicket, open_ticket
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
VALUES: dict[str, Any] = {
    "name_de": "Küche zu laut", "name_en": "Noisy kitchen", "remedy_de": "", "remedy_en": "", "is_moment_of_truth": False,
    "touchpoint": "", "topic": "", "position": 20,
}  # fmt: skip


async def log(cast: Cast, customer_id: int, **fields: Any) -> int:
    values = {"channel": Channel.PHONE, "direction": Direction.INBOUND, "text": "Versteht Posten 3 nicht.", **fields}
    return (await log_interaction(NewInteraction(customer_id=customer_id, **values), by=cast.petra.id, now=NOW)).id


async def test_the_company_starts_with_the_known_moments_of_truth_and_their_remedies(cast: Cast) -> None:
    reasons = {row.code: row for row in await contact_reasons()}
    for code in ("unclear_invoice", "waiting_for_delivery", "hotline_overloaded", "failed_service"):
        assert reasons[code].is_moment_of_truth, code
        assert reasons[code].remedy_de, code
        assert reasons[code].remedy_en, code
    assert not reasons["appointment"].is_moment_of_truth
    assert reasons["waiting_for_delivery"].touchpoint == "order_status"


async def test_a_reason_is_kept_with_the_contact_and_makes_it_a_moment_of_truth(cast: Cast, kitchen: int) -> None:
    contact = await log(cast, kitchen, reason="unclear_invoice", phase="action", touchpoint="advice")
    row = await fetch_one(
        "SELECT i.is_moment_of_truth, h.code AS phase, r.code AS reason FROM interaction i JOIN phase h ON h.id = i.phase "
        "JOIN contact_reason r ON r.id = i.reason WHERE i.id = $1",
        contact,
    )
    assert tuple(row) == (True, "action", "unclear_invoice")
    assert (await history_of(kitchen)).entries[0].reason == "Unklarer Rechnungsposten"


async def test_a_contact_can_be_unmarked(browser: Browser, cast: Cast, kitchen: int) -> None:
    await browser.log_in(cast.petra)
    body = {"customer_id": kitchen, "text": "Nur ein Gruß.", "touchpoint": "hotline", "moment_shown": "1"}
    assert (await browser.post("/interactions", body, htmx=True)).status_code == 200
    assert await fetch_value("SELECT is_moment_of_truth FROM interaction") is False


@pytest.mark.parametrize(("field", "value"), [("reason", "nowhere"), ("phase", "nowhere")])
async def test_what_no_catalogue_knows_is_refused(cast: Cast, kitchen: int, field: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        await log(cast, kitchen, **{field: value})
    assert set(refused.value.errors) == {field}


async def test_a_correction_keeps_the_earlier_reason_and_phase(browser: Browser, cast: Cast, kitchen: int) -> None:
    contact = await log(cast, kitchen, reason="unclear_invoice", touchpoint="invoice")
    await correct_interaction(contact, {"reason": "order", "phase": "action"}, 1, by=cast.petra.id, now=NOW)
    fields = msgspec.json.decode(await fetch_value("SELECT fields::text FROM interaction_version"))
    assert (fields["reason"], fields["phase"]) == ("unclear_invoice", "retention")
    assert (await history_of(kitchen)).entries[0].reason == "Bestellung"
    with pytest.raises(Conflict) as refused:
        await correct_interaction(contact, {"reason": ""}, 1, by=cast.petra.id, now=NOW)
    assert (refused.value.differences[0].theirs, refused.value.differences[0].mine) == ("Bestellung", "–")
    await browser.log_in(cast.petra)
    shown = (await browser.get(f"/interactions/{contact}")).text
    for words in ("Grund des Kontakts", "Bestellung", "Unklarer Rechnungsposten"):
        assert words in shown


async def test_the_history_of_the_company_is_filtered_by_reason(browser: Browser, cast: Cast, kitchen: int) -> None:
    await log(cast, kitchen, reason="unclear_invoice")
    await log(cast, kitchen, text="Ohne Grund.")
    await browser.log_in(cast.petra)
    page = await browser.get("/interactions?reason=unclear_invoice")
    assert "Versteht Posten 3 nicht." in page.text
    assert "Ohne Grund." not in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    over_the_api = (await browser.api("GET", "/interactions?reason=unclear_invoice")).json()["items"]
    assert [(item["reason"], item["text"]) for item in over_the_api] == [
        ("unclear_invoice", "Versteht Posten 3 nicht.")
    ]


async def test_the_api_names_the_reasons_and_takes_one(browser: Browser, cast: Cast, kitchen: int) -> None:
    await browser.log_in(cast.petra)
    offered = (await browser.api("GET", "/contact-reasons")).json()
    assert offered[0]["code"] == "unclear_invoice"
    body = {"customer_id": kitchen, "channel": "phone", "text": "x", "reason": "order", "phase": "retention"}
    made = await browser.api("POST", "/interactions", body)
    one = (await browser.api("GET", f"/interactions/{made.json()['id']}")).json()
    assert (one["reason"], one["phase"]) == ("order", "retention")
    changed = await browser.api("PATCH", f"/interactions/{one['id']}", {"reason": ""})
    assert (changed.json()["reason"], changed.json()["earlier"][0]["fields"]["reason"]) == (None, "order")
    unknown = await browser.api("PATCH", f"/interactions/{one['id']}", {"reason": "nowhere"})
    assert unknown.status_code == 422


async def test_the_form_takes_up_the_last_use_and_asks_little_of_the_database(
    browser: Browser, cast: Cast, kitchen: int
) -> None:
    await log(cast, kitchen, channel=Channel.VISIT, direction=Direction.OUTBOUND, touchpoint="showroom")
    await browser.log_in(cast.petra)
    form = await browser.get(f"/interactions/new?customer={kitchen}", htmx=True)
    for chosen in ("visit", "showroom", "information"):
        assert f'<option value="{chosen}" selected>' in form.text, chosen
    assert 'value="outbound" id="d-direction-2" checked' in form.text
    assert int(form.headers["x-sql-statements"]) <= 5
    fair = await create_event(EventData("Baumesse", NOW.date()), by=cast.petra.id, now=NOW)
    await log(cast, kitchen, channel=Channel.FAIR, touchpoint="fair", event_id=fair)
    after = (await browser.get("/interactions/new", htmx=True)).text
    assert '<option value="visit" selected>' in after, "the day after a fair one logs what one usually does"
    await browser.log_in(cast.ali)
    assert '<option value="phone" selected>' in (await browser.get("/interactions/new", htmx=True)).text


async def test_the_form_on_an_enquiry_knows_its_channel_topic_and_person(
    browser: Browser, cast: Cast, kitchen: int
) -> None:
    asked = NewTicket(kitchen, "Posten 3?", "Was ist Posten 3?", topic="billing", channel="email")
    ticket = await open_ticket(asked, by=cast.ali.id, now=LONG_AGO)
    await execute("UPDATE ticket SET status = 'closed' WHERE id = $1", ticket.id)
    await browser.log_in(cast.petra)
    form = (await browser.get(f"/interactions/new?customer={kitchen}&ticket={ticket.id}", htmx=True)).text
    for chosen in ("email", "unclear_invoice", f"ticket:{ticket.id}"):
        assert f'<option value="{chosen}" selected>' in form, chosen
    assert "Den Posten in einfachen Worten erklären" in form, "what helps stands there at once"


async def test_eva_keeps_the_catalogue(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    assert "Unklarer Rechnungsposten" in (await browser.get("/interactions/reasons")).text
    body = {"name_de": "Küche zu laut", "remedy_de": "Leisere Hauben zeigen.", "touchpoint": "advice", "topic": "product",
            "is_moment_of_truth": "1", "submission_id": "one"}  # fmt: skip
    for _twice in range(2):
        assert (await browser.post("/interactions/reasons", body)).status_code == 303
    row = next(row for row in await contact_reasons() if row.code == "kuche_zu_laut")
    assert (row.name_en, row.remedy_en, row.touchpoint, row.topic, row.is_moment_of_truth) == (
        "Küche zu laut", "Leisere Hauben zeigen.", "advice", "product", True,
    )  # fmt: skip
    again = await browser.post("/interactions/reasons", {**body, "submission_id": "two", "name_de": "küche ZU laut"})
    assert again.status_code == 422
    assert "gibt es schon" in again.text
    saved = await browser.post(f"/interactions/reasons/{row.id}", {**body, "name_de": "Lärm", "version": "1"})
    assert saved.status_code == 303
    conflict = await browser.post(f"/interactions/reasons/{row.id}", {**body, "name_de": "Krach", "version": "1"})
    assert conflict.status_code == 409
    assert "Lärm" in conflict.text
    await browser.post(f"/interactions/reasons/{row.id}/retirement")
    assert row.id not in {one.id for one in await contact_reasons()}
    await browser.post(f"/interactions/reasons/{row.id}/return")
    assert row.id in {one.id for one in await contact_reasons()}
    await browser.log_in(cast.petra)
    assert (await browser.get("/interactions/reasons")).status_code in (403, 404)


async def test_a_retired_reason_stays_with_its_contacts_and_their_corrections(
    browser: Browser, cast: Cast, kitchen: int
) -> None:
    reason = await create_reason(VALUES, by=cast.eva.id, now=NOW)
    contact = await log(cast, kitchen, reason="kuche_zu_laut")
    await retire_reason(reason, True, by=cast.eva.id, now=NOW)
    await browser.log_in(cast.petra)
    assert "Küche zu laut" in (await browser.get(f"/interactions/{contact}")).text
    edit = (await browser.get(f"/interactions/{contact}/edit")).text
    assert '<option value="kuche_zu_laut" selected>' in edit
    assert "kuche_zu_laut" not in (await browser.get("/interactions/new")).text


async def test_a_reason_is_changed_only_where_it_differs(cast: Cast) -> None:
    reason = await create_reason(VALUES, by=cast.eva.id, now=NOW)
    assert await change_reason(reason, VALUES, 1, by=cast.eva.id, now=NOW) == 1
    assert await change_reason(reason, {**VALUES, "position": 3}, 1, by=cast.eva.id, now=NOW) == 2
    with pytest.raises(Invalid) as refused:
        await change_reason(reason, {**VALUES, "touchpoint": "x", "topic": "y"}, 2, by=cast.eva.id, now=NOW)
    assert set(refused.value.errors) == {"touchpoint", "topic"}
