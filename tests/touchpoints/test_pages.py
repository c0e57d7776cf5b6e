"""The catalogue of touchpoints and the page of one, as staff see them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm.customers.tables import Customer
from crm.database import execute, fetch_value
from crm.interactions.tables import Interaction
from crm.surveys.tables import SurveyAnswer
from crm.touchpoints.catalogue.queries import touchpoint_for
from crm.touchpoints.figures import last_year
from crm.touchpoints.queries import catalogue
from crm.web.i18n import zone
from tests.browser import Browser
from tests.cast import Cast

NOW = datetime.now(UTC)


async def invoice() -> int:
    return int(await fetch_value("SELECT id FROM touchpoint WHERE code = 'invoice'"))


async def customer(name: str, **fields: object) -> Customer:
    level = await fetch_value("SELECT id FROM service_level WHERE code = 'basis'")
    made = Customer(number=f"T-{name}", kind="organisation", name=name, service_level=level, created_at=NOW, **fields)
    await made.save()
    return made


@pytest.fixture
async def story(cast: Cast) -> int:
    """Three contacts and seven answers about the invoice, of which one each belongs to a restricted customer."""
    where = await invoice()
    open_one, shut = await customer("Tischlerei Ost"), await customer("Stille GmbH", restricted_at=NOW)
    for who in (open_one, open_one, shut):
        await Interaction(
            customer=who.id, channel="letter", direction="outbound", touchpoint=where, at=NOW - timedelta(days=3),
            text="Rechnung erklärt", impression=4, by=cast.petra.id,
        ).save()  # fmt: skip
    for score in (1, 2, 2, 3, 2, 2):
        await SurveyAnswer(
            customer=open_one.id,
            touchpoint=where,
            metric="csat",
            score=score,
            comment="Unklar",
            at=NOW - timedelta(days=2),
        ).save()
    await SurveyAnswer(
        customer=shut.id, touchpoint=where, metric="csat", score=5, comment="Geheim", at=NOW - timedelta(days=2)
    ).save()
    return where


async def test_the_catalogue_counts_what_is_not_restricted(story: int) -> None:
    line = next(line for phase in await catalogue(NOW) for line in phase.lines if line.row.code == "invoice")
    assert line.contacts == 2
    assert line.satisfaction is not None
    assert (line.satisfaction.n, line.satisfaction.value) == (6, 2.0)
    assert line.is_below_target


async def test_the_catalogue_follows_the_journey(db: None) -> None:
    phases = await catalogue(NOW)
    assert [phase.code for phase in phases] == ["activation", "information", "action", "retention"]
    assert [line.row.code for line in phases[0].lines][:2] == ["fair", "advert"]


async def test_older_than_ninety_days_does_not_count(story: int) -> None:
    line = next(
        line
        for phase in await catalogue(NOW + timedelta(days=100))
        for line in phase.lines
        if line.row.code == "invoice"
    )
    assert (line.contacts, line.satisfaction) == (0, None)


async def test_a_year_is_told_by_month_of_local_time(story: int) -> None:
    midnight = datetime(2026, 3, 1, tzinfo=zone.get()).astimezone(UTC)
    for at in (midnight - timedelta(seconds=1), midnight):
        await Interaction(channel="phone", direction="inbound", touchpoint=story, at=at).save()
    year = await last_year(
        story, since=midnight - timedelta(days=40), until=midnight + timedelta(days=5), zone=zone.get()
    )
    assert [(one.first.month, one.contacts) for one in year.months] == [(2, 1), (3, 1)]


async def test_the_pages_show_it_in_words(browser: Browser, cast: Cast, story: int) -> None:
    await browser.log_in(cast.petra)
    listed = await browser.get("/touchpoints")
    assert listed.status_code == 200
    assert "Schlüsselmoment" in listed.text
    assert int(listed.headers["x-sql-statements"]) <= 8
    one = await browser.get("/touchpoints/invoice")
    assert one.status_code == 200
    assert "Tischlerei Ost" in one.text
    assert "Unklar" in one.text
    assert "Stille GmbH" not in one.text
    assert "Geheim" not in one.text
    assert int(one.headers["x-sql-statements"]) <= 8


async def test_a_touchpoint_without_anything_says_what_to_do(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    await execute("DELETE FROM interaction")
    page = await browser.get("/touchpoints/showroom")
    assert "Hier wurde in den letzten zwölf Monaten nichts festgehalten." in page.text


@pytest.mark.parametrize("code", ["nowhere", "%00", "a" * 300, "ä"])
async def test_an_unknown_touchpoint_is_not_found(browser: Browser, cast: Cast, code: str) -> None:
    await browser.log_in(cast.petra)
    assert (await browser.get(f"/touchpoints/{code}")).status_code == 404


async def test_the_row_of_a_touchpoint_knows_its_phase(db: None) -> None:
    assert (await touchpoint_for("invoice")).row.phase_de == "Kundenbindung"
