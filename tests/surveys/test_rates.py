"""The response rate stands beside every score: at each touchpoint, of a segment, and over the API."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from crm.database import execute, fetch_value
from crm.surveys.queries import results_of, survey_for
from crm.surveys.rates import rate_at, rate_of, rates_by_touchpoint
from crm.surveys.results import Rate
from crm.surveys.showing import interval_text, score_text
from crm.touchpoints.statistics import Estimate
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.surveys.conftest import NOW, Asked, running, survey

DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
STATES = ("waiting", "sent", "answered", "expired", "left_out")


async def invite(
    survey_id: int, event: str, code: str, customer: int, state: str, sent_at: datetime | None, mail: int | None = None
) -> None:
    await execute(
        "INSERT INTO survey_invitation (survey, event, customer_id, touchpoint, state, due_at, sent_at, outbox_id) "
        "VALUES ($1, $2, $3, (SELECT id FROM touchpoint WHERE code = $4), $5, $6, $7, $8)",
        survey_id, event, customer, code, state, NOW, sent_at, mail,
    )  # fmt: skip


@pytest.fixture
async def invited(asked: Asked) -> list[tuple[str, int, str, datetime]]:
    """Two hundred invitations in the last hundred days: code, customer, state, when they went out."""
    survey_id, draw = await running(survey(), asked.cast), Random(7)
    rows = []
    for n in range(200):
        code, customer, state = (
            draw.choice(("hotline", "invoice")),
            draw.choice((asked.ost, asked.west)),
            draw.choice(STATES),
        )
        sent = NOW - timedelta(days=draw.randrange(100), minutes=1)
        await invite(
            survey_id, f"ticket {n}", code, customer, state, None if state in ("waiting", "left_out") else sent
        )
        rows.append((code, customer, state, sent))
    return rows


def counted(rows: list[tuple[str, int, str, datetime]], **only: object) -> Rate:
    mine = [
        state
        for code, customer, state, sent in rows
        if state in ("sent", "answered", "expired") and NOW - 30 * DAY <= sent < NOW
        and only.get("code", code) == code and only.get("customer", customer) == customer
    ]  # fmt: skip
    return Rate(len(mine), mine.count("answered"))


async def test_every_touchpoint_has_the_rate_of_those_who_were_asked(
    asked: Asked, invited: list[tuple[str, int, str, datetime]]
) -> None:
    since = NOW - 30 * DAY
    found = await rates_by_touchpoint(since, NOW)
    assert found == {code: counted(invited, code=code) for code in ("hotline", "invoice")}
    assert found["hotline"].asked > found["hotline"].answered > 0
    hotline = int(await fetch_value("SELECT id FROM touchpoint WHERE code = 'hotline'"))
    assert await rate_at(hotline, since, NOW) == found["hotline"]


async def test_a_segment_has_the_rate_of_its_own_customers(
    asked: Asked, invited: list[tuple[str, int, str, datetime]]
) -> None:
    since = NOW - 30 * DAY
    assert await rate_of(since, NOW) == counted(invited)
    assert await rate_of(since, NOW, [asked.ost]) == counted(invited, customer=asked.ost)
    mine = await rates_by_touchpoint(since, NOW, [asked.west])
    assert mine["invoice"] == counted(invited, code="invoice", customer=asked.west)
    assert await rate_of(since, NOW, []) == Rate(0, 0)


async def test_whose_mail_was_refused_was_not_asked(asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast)
    refused = await fetch_value(
        "INSERT INTO outbox_message (purpose, to_address, subject, text, status, created_at) "
        "VALUES ('survey', 'ost@example.de', 'Ihre Meinung', '', 'refused', $1) RETURNING id", NOW,
    )  # fmt: skip
    await invite(survey_id, "ticket 1", "hotline", asked.ost, "sent", NOW - DAY, int(refused))
    assert await rates_by_touchpoint(NOW - 30 * DAY, NOW) == {}
    assert await rate_of(NOW - 30 * DAY, NOW) == Rate(0, 0)


async def test_whoever_is_restricted_is_in_no_rate(asked: Asked) -> None:
    """Restriction means stored and nothing else (GDPR Art. 18)."""
    survey_id = await running(survey(), asked.cast)
    await invite(survey_id, "ticket 1", "hotline", asked.ost, "answered", NOW - DAY)
    await invite(survey_id, "ticket 2", "hotline", asked.west, "sent", NOW - DAY)
    await execute("UPDATE survey_invitation SET person_id = $1 WHERE event = 'ticket 1'", asked.ost_person)
    assert await rate_of(NOW - 30 * DAY, NOW) == (await survey_for(survey_id)).rate == Rate(2, 1)
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", asked.ost_person, NOW)
    assert await rate_of(NOW - 30 * DAY, NOW) == (await survey_for(survey_id)).rate == Rate(1, 0)
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", asked.west, NOW)
    assert await rates_by_touchpoint(NOW - 30 * DAY, NOW) == {}


async def test_the_pages_show_it_beside_the_score(browser: Browser, asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast)
    at = datetime.now(UTC) - DAY
    for n, state in enumerate(("sent", "answered", "expired", "answered")):
        await invite(survey_id, f"ticket {n}", "hotline", asked.ost, state, at)
    await execute(
        "INSERT INTO survey_answer (touchpoint, metric, score, at) SELECT id, 'csat', 4, $1 FROM touchpoint WHERE code = 'hotline'",
        at,
    )  # fmt: skip
    await browser.log_in(asked.cast.karin)
    for path in ("/touchpoints", "/journey"):
        page = await browser.get(path)
        assert page.status_code == 200
        assert re.search(r'50\s%<span class="detail">2 von 4</span>', page.text), path
        assert int(page.headers["x-sql-statements"]) <= 8


async def test_within_a_survey_each_month_has_the_rate_of_those_asked_in_it(asked: Asked, browser: Browser) -> None:
    """Seven were asked in October (three answered), five in November and nobody answered: the month stands there all the same."""
    survey_id = await running(survey(touchpoint="hotline"), asked.cast)
    october, november = NOW - timedelta(days=40), NOW - timedelta(days=2)
    for n in range(12):
        state, at = ("answered" if n < 3 else "expired", october) if n < 7 else ("sent", november)
        await invite(survey_id, f"ticket {n}", "hotline", asked.ost, state, at)
    await answered_with(survey_id, 4, october)
    found = await results_of(await survey_for(survey_id), BERLIN, "de")
    assert [(f"{one.group.key:%m}", one.rate, one.group.n) for one in found.by_month] == [
        ("10", Rate(7, 3), 1), ("11", Rate(5, 0), 0)
    ]  # fmt: skip
    assert [(one.name, one.rate) for one in found.by_touchpoint] == [("Hotline", Rate(12, 3))]

    await browser.log_in(asked.cast.karin)
    page = (await browser.get(f"/surveys/{survey_id}")).text.replace("\xa0", " ")
    assert '43 %<span class="detail">3 von 7</span>' in page
    assert '0 %<span class="detail">0 von 5</span>' in page
    assert '25 %<span class="detail">3 von 12</span>' in page
    told = (await browser.api("GET", f"/surveys/{survey_id}/results")).json()
    assert [(one["asked"], one["response_rate"]) for one in told["months"]] == [(7, 3 / 7), (5, 0.0)]


async def test_an_anonymous_survey_tells_no_rate_of_a_handful(asked: Asked) -> None:
    survey_id = await running(survey(is_anonymous=True, touchpoint="hotline"), asked.cast)
    for n in range(6):
        at = NOW - timedelta(days=40) if n < 1 else NOW - timedelta(days=2)
        await invite(survey_id, f"ticket {n}", "hotline", asked.ost, "answered", at)
    found = await results_of(await survey_for(survey_id), BERLIN, "de")
    assert [one.rate for one in found.by_month] == [Rate(0, 0), Rate(5, 5)]


async def test_nps_bears_its_sign_wherever_it_stands() -> None:
    with speaking("de"):
        assert [score_text("nps", Estimate(value, 9, (-0.3, 64.2))) for value in (44.4, -20.2, 0.2)] == [
            "+44",
            "−20",
            "±0",
        ]
        assert interval_text("nps", Estimate(38.0, 9, (-0.3, 64.2))) == "±0 bis +64"
        assert interval_text("nps", Estimate(-44.0, 9, (-74.0, 7.0))) == "−74 bis +7"
        assert interval_text("csat", Estimate(4.2, 9, (3.4, 5.0))) == "3,4 bis 5,0"


async def answered_with(survey_id: int, score: int, at: datetime) -> None:
    await execute(
        "INSERT INTO survey_answer (touchpoint, metric, score, at, survey, question) SELECT s.touchpoint, 'csat', $2, $3, s.id, q.id "
        "FROM survey s JOIN survey_question q ON q.survey = s.id WHERE s.id = $1",
        survey_id, score, at,
    )  # fmt: skip
