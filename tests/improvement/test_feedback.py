"""Criticism, praise and expectations: noted with one click, mended in a line, taken back with a trace, counted in balance."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import OrganisationData
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import Invalid, NotFound
from crm.improvement.actions import NewFeedback, delete_feedback, mend_feedback, note_feedback
from crm.improvement.queries import balance, feedback_about, feedback_page
from crm.improvement.tables import FeedbackCategory, FeedbackKind
from crm.improvement.words import HEADINGS, is_heading, sensible_category
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.tables import Channel, Direction
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
async def kitchen(cast: Cast) -> int:
    return await create_organisation(OrganisationData(name="Größmann Küchen GmbH"), by=cast.petra.id, now=LONG_AGO)


@pytest.fixture
async def call(cast: Cast, kitchen: int) -> int:
    """A call to the hotline about a late delivery."""
    data = NewInteraction(
        kitchen, Channel.PHONE, Direction.INBOUND, "Warteschleife zu lang. Sonst nett.", touchpoint="hotline"
    )
    return (await log_interaction(data, by=cast.petra.id, now=NOW)).id


async def note(cast: Cast, call: int, kind: FeedbackKind = FeedbackKind.CRITICISM, **fields: str) -> int:
    return await note_feedback(NewFeedback(kind, interaction_id=call, **fields), by=cast.petra.id, now=NOW)  # type: ignore[arg-type]


def test_what_a_point_is_about_follows_from_where_it_was_said() -> None:
    def about(
        touchpoint: str = "", department: str = "", topic: str = "", from_ticket: bool = False
    ) -> FeedbackCategory:
        return sensible_category(touchpoint=touchpoint, department=department, topic=topic, from_ticket=from_ticket)

    assert about("sales_visit", "Vertrieb") == FeedbackCategory.SALES_STAFF
    assert about("delivery", "Logistik") == FeedbackCategory.PRODUCTS
    assert about("hotline", "Service") == FeedbackCategory.SERVICE_STAFF
    assert about("invoice", "Buchhaltung") == FeedbackCategory.OTHER
    assert about(topic="technical", from_ticket=True) == FeedbackCategory.PRODUCTS
    assert about(topic="general", from_ticket=True) == FeedbackCategory.SERVICE_STAFF
    assert about() == FeedbackCategory.OTHER
    assert is_heading("products", "price")
    assert not is_heading("sales_staff", "price")
    assert set(HEADINGS) == set(FeedbackCategory)


async def test_one_click_takes_the_text_of_the_contact_and_sensible_values(cast: Cast, kitchen: int, call: int) -> None:
    row = await fetch_one("SELECT * FROM feedback WHERE id = $1", await note(cast, call))
    assert (row.kind, row.category, row.level) == ("criticism", "service_staff", "")
    assert row.text == "Warteschleife zu lang. Sonst nett."
    assert row.touchpoint == await fetch_value("SELECT id FROM touchpoint WHERE code = 'hotline'")
    part = await fetch_one(
        "SELECT text, level FROM feedback WHERE id = $1",
        await note(cast, call, FeedbackKind.EXPECTATION, text="Sonst nett."),
    )
    assert tuple(part) == ("Sonst nett.", "expected")


async def test_what_does_not_fit_is_refused(cast: Cast, call: int) -> None:
    with pytest.raises(Invalid) as refused:
        await note(cast, call, category="products", heading="courtesy")
    assert set(refused.value.errors) == {"heading"}
    await execute("UPDATE interaction SET text = ''")
    with pytest.raises(Invalid) as refused:
        await note(cast, call)
    assert set(refused.value.errors) == {"text"}


async def test_another_category_clears_the_heading(cast: Cast, call: int) -> None:
    point = await note(cast, call, category="service_staff", heading="speed")
    await mend_feedback(point, {"category": "products"}, by=cast.petra.id, now=NOW)
    assert await fetch_value("SELECT heading FROM feedback WHERE id = $1", point) == ""
    await mend_feedback(point, {"heading": "price", "text": "Zu teuer"}, by=cast.petra.id, now=NOW)
    row = await fetch_one("SELECT category, heading, text FROM feedback WHERE id = $1", point)
    assert tuple(row) == ("products", "price", "Zu teuer")


async def test_who_takes_it_back_leaves_a_trace_without_the_text(cast: Cast, call: int) -> None:
    point = await note(cast, call)
    await delete_feedback(point, by=cast.petra.id, now=NOW)
    await delete_feedback(point, by=cast.eva.id, now=NOW + timedelta(hours=1))
    row = await fetch_one("SELECT text, deleted_at, deleted_by FROM feedback WHERE id = $1", point)
    assert tuple(row) == ("", NOW, cast.petra.id)
    assert await feedback_about(interaction_id=call) == []
    actions = await fetch("SELECT action FROM audit_entry WHERE subject_kind = 'feedback' ORDER BY id")
    assert [one.action for one in actions] == ["feedback.noted", "feedback.deleted"]
    with pytest.raises(NotFound):
        await mend_feedback(point, {"text": "doch"}, by=cast.petra.id, now=NOW)


async def test_the_restricted_are_neither_noted_nor_listed_nor_counted(cast: Cast, kitchen: int, call: int) -> None:
    await note(cast, call)
    await execute("UPDATE customer SET restricted_at = now() WHERE id = $1", kitchen)
    with pytest.raises(NotFound):
        await note(cast, call)
    assert (await feedback_page()).rows == []
    assert await balance(NOW - timedelta(days=1)) == []


async def test_the_balance_is_told_per_touchpoint_the_worst_first(cast: Cast, kitchen: int, call: int) -> None:
    data = NewInteraction(kitchen, Channel.VISIT, Direction.OUTBOUND, "Sehr gut beraten", touchpoint="advice")
    visit = (await log_interaction(data, by=cast.petra.id, now=NOW)).id
    for source, kind in (
        (call, "criticism"),
        (call, "criticism"),
        (call, "praise"),
        (visit, "praise"),
        (visit, "expectation"),
    ):
        await note(cast, source, FeedbackKind(kind))
    told = await balance(NOW - timedelta(days=1))
    assert [(one.code, one.praise, one.criticism, one.expectations, one.difference) for one in told] == [
        ("hotline", 1, 2, 0, -1), ("advice", 1, 0, 1, 1),
    ]  # fmt: skip
    assert told[0].is_uncertain
    assert len((await feedback_page(kind="praise")).rows) == 2
    assert len((await feedback_page(touchpoint="advice", category="sales_staff")).rows) == 2
    first = await feedback_page(limit=3)
    assert [len(first.rows), len((await feedback_page(limit=3, before=first.next)).rows)] == [3, 2]


async def test_it_goes_with_its_contact(cast: Cast, call: int) -> None:
    await note(cast, call)
    await execute("DELETE FROM interaction WHERE id = $1", call)
    assert await fetch_value("SELECT count(*) FROM feedback") == 0


async def test_one_click_in_the_browser_a_line_to_mend_and_undo(browser: Browser, cast: Cast, call: int) -> None:
    await browser.log_in(cast.petra)
    shown = await browser.get(f"/interactions/{call}")
    assert shown.text.count('name="kind"') == 3
    assert int(shown.headers["x-sql-statements"]) <= 7
    click = {"kind": "praise", "interaction_id": str(call), "text": "Sonst nett.", "submission_id": "one-click"}
    for _ in range(2):
        noted = await browser.post("/feedback", click, htmx=True)
        assert noted.status_code == 201 or noted.status_code == 200, noted.text
    assert await fetch_value("SELECT count(*) FROM feedback") == 1, "a double click notes it once"
    point = int(re.search(r'id="feedback-(\d+)"', noted.text)[1])  # type: ignore[index]
    assert "Rückgängig" in noted.text
    wrong = await browser.post(f"/feedback/{point}", {"text": "", "about": "service_staff:speed"}, htmx=True)
    assert wrong.status_code == 422
    line = await browser.post(
        f"/feedback/{point}", {"text": "Freundlich", "about": "service_staff:courtesy"}, htmx=True
    )
    assert "Umgangston" in line.text
    assert "Freundlich" in (await browser.get("/feedback?kind=praise&category=service_staff&touchpoint=hotline")).text
    await browser.log_in(cast.jonas)
    assert (await browser.post(f"/feedback/{point}/deletion", {}, htmx=True)).status_code == 403
    await browser.log_in(cast.eva)
    gone = await browser.post(f"/feedback/{point}/deletion", {}, htmx=True)
    assert "zurückgenommen" in gone.text
    assert (await browser.get("/feedback")).status_code == 200


async def test_over_the_api(browser: Browser, cast: Cast, call: int) -> None:
    await browser.log_in(cast.petra)
    made = await browser.api("POST", "/feedback", {"kind": "expectation", "interaction_id": call, "level": "basic"})
    assert made.status_code == 201, made.text
    point = made.json()
    assert (point["level"], point["category"], point["touchpoint"]) == ("basic", "service_staff", "hotline")
    mended = await browser.api("PATCH", f"/feedback/{point['id']}", {"category": "products", "heading": "quality"})
    assert (mended.json()["heading"], mended.json()["text"]) == ("quality", point["text"])
    assert len((await browser.api("GET", "/feedback?kind=expectation")).json()["items"]) == 1
    assert (await browser.api("POST", "/feedback", {"kind": "praise"})).status_code == 422
    assert (await browser.api("DELETE", f"/feedback/{point['id']}")).status_code == 204
    assert (await browser.api("GET", f"/feedback/{point['id']}")).status_code == 404
