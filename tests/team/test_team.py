"""The view of the team: who sees it, what it counts, and that it never counts a member of staff."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import OrganisationData
from crm.customers.quotations.actions import create_quotation
from crm.customers.quotations.quoting import QuotationStatus
from crm.database import execute, fetch_value
from crm.errors import NotFound
from crm.interactions.calls.noting import NewCallBack, note_call_back
from crm.interactions.calls.tables import CallBackKind
from crm.interactions.tables import Interaction
from crm.records.merging import Wish, merge_customers
from crm.reminders.actions import set_reminder
from crm.reports import months
from crm.reports.figures import figures_of
from crm.team.looking import Look, look_at
from crm.team.periods import Period
from crm.team.queries import scope_of, untouched_customers, waiting_quotations
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast
from tests.reports.world import World

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)  # a Thursday
DAY = timedelta(days=1)


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN).astimezone(UTC)  # type: ignore[arg-type, misc]


@dataclass(frozen=True)
class Firms:
    """Größmann is looked after by Petra of the team Vertrieb, Weber by Ali of nobody's team."""

    groessmann: int
    weber: int
    team: int


@pytest.fixture
async def firms(cast: Cast) -> Firms:
    team = await fetch_value("INSERT INTO team (name) VALUES ('Vertrieb') RETURNING id")
    await execute(
        "UPDATE staff SET team = $1 WHERE id = ANY($2::bigint[])", team, [cast.petra.id, cast.jonas.id, cast.mia.id]
    )
    groessmann = await create_organisation(
        OrganisationData("Größmann Küchen GmbH"), by=cast.petra.id, now=NOW - 3 * DAY
    )
    weber = await create_organisation(OrganisationData("Weber Bau AG"), by=cast.ali.id, now=NOW - 2 * DAY)
    await execute("UPDATE customer SET owner = $2 WHERE id = $1", weber, cast.ali.id)
    return Firms(groessmann, weber, team)


async def contact(
    customer: int | None, at: datetime, channel: str = "phone", by: int | None = None, **more: Any
) -> int:
    row = Interaction(customer=customer, channel=channel, direction="inbound", text="", at=at, by=by, **more)
    await row.save()
    return int(row.id)


async def look(period: Period = Period.WEEK, team: int | None = None, now: datetime = NOW) -> Look:
    return await look_at(period, team, now)


async def test_a_week_by_day_channel_and_touchpoint(cast: Cast, firms: Firms) -> None:
    hotline = await fetch_value("SELECT id FROM touchpoint WHERE code = 'hotline'")
    await contact(firms.groessmann, berlin(2026, 11, 23, 0, 0), touchpoint=hotline)
    await contact(firms.weber, berlin(2026, 11, 23, 23, 59), "email")
    await contact(None, berlin(2026, 11, 25, 9), "review")
    await contact(firms.weber, berlin(2026, 11, 22, 23, 59), "email")  # last Sunday: in neither stretch
    await contact(firms.weber, berlin(2026, 11, 16, 8), touchpoint=hotline)
    await contact(firms.weber, NOW + DAY)  # not yet
    contacts = (await look()).contacts
    assert (contacts.count, contacts.before) == (3, 1)
    days = {one.on.day: (one.count, one.before) for one in contacts.days}
    assert days[23] == (2, 1)
    assert days[25] == (1, 0)
    assert days[26] == (0, 0)
    assert days[27] == (None, None)
    assert [(one.code, one.count, one.before) for one in contacts.channels] == [
        ("phone", 1, 1),
        ("email", 1, 0),
        ("review", 1, 0),
    ]
    assert {one.code: (one.count, one.before) for one in contacts.touchpoints} == {"hotline": (1, 1), "": (2, 0)}


async def test_days_are_those_of_the_company_on_both_sides_of_a_change_of_the_clocks(cast: Cast, firms: Firms) -> None:
    """25 October 2026 has 25 hours: its last one, 22:30 UTC, is still that Sunday; 23:00 UTC is Monday."""
    for moment in ("2026-10-24T22:00+00:00", "2026-10-25T22:59+00:00", "2026-10-25T23:00+00:00"):
        await contact(firms.weber, datetime.fromisoformat(moment))
    found = await look(Period.MONTH, now=berlin(2026, 10, 31, 12))
    days = {one.on: one.count for one in found.contacts.days}
    assert (days[date(2026, 10, 24)], days[date(2026, 10, 25)], days[date(2026, 10, 26)]) == (0, 2, 1)


async def test_last_month_is_the_same_figure_as_in_the_report(cast: Cast) -> None:
    """World has restricted and deleted customers, restricted people and contacts on the edges of the months."""
    await World(11, cast).fill(contacts=400, answers=0, tickets=0, events=0)
    found = (await look(Period.LAST_MONTH)).contacts
    report = await figures_of(date(2026, 10, 1), now=NOW, zone=BERLIN)
    assert (found.count, found.before) == (report.contacts, report.contacts_before)
    assert {(one.code, one.count, one.before) for one in found.channels} == {
        (one.code, one.count, one.before) for one in report.channels
    }
    told = {one.code: one.contacts for one in report.touchpoints if one.contacts}
    assert {one.code: one.count for one in found.touchpoints if one.code and one.count} == told
    assert sum(one.count or 0 for one in found.days) == found.count
    assert months.month_of(NOW, BERLIN) == date(2026, 11, 1)


async def test_restricted_deleted_and_merged_customers_count_nowhere(cast: Cast, firms: Firms) -> None:
    gone = [
        await create_organisation(OrganisationData(name=f"Firma {name}"), by=cast.petra.id, now=LONG_AGO)
        for name in ("Gelöscht", "Eingeschränkt", "Doppelt")
    ]
    for customer in gone:
        await contact(customer, NOW - DAY)
        await create_quotation(customer, {"subject": "Küche", "requested_at": NOW - 5 * DAY}, by=cast.petra.id, now=NOW)
        await set_reminder(
            user_id=cast.petra.id, customer_id=customer, text="Anrufen", due_at=NOW + DAY, by=cast.petra.id, now=NOW
        )
    await execute("UPDATE reminder SET due_at = $1", NOW - DAY)
    await execute("UPDATE customer SET deleted_at = $2 WHERE id = $1", gone[0], NOW)
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", gone[1], NOW)
    before = await look()
    assert (before.contacts.count, before.work.untouched, before.work.requested, before.work.follow_ups) == (1, 1, 1, 1)
    await merge_customers(Wish(firms.weber, gone[2]), by=cast.eva.id, now=NOW)
    after = await look()
    assert after.contacts.count == 1, "what the merged one had is the survivor's"
    assert (after.work.requested, after.work.follow_ups) == (1, 1)
    assert [row.name for row in (await untouched_customers(after.scope, NOW)).rows] == []


async def test_untouched_by_rhythm_or_by_the_number_of_days(cast: Cast, firms: Firms) -> None:
    await execute("UPDATE customer_figures SET last_contact_at = $1, contact_due_at = $2", NOW - 50 * DAY, NOW + DAY)
    assert (await look()).work.untouched == 0
    await execute("UPDATE customer_figures SET contact_due_at = $2 WHERE customer = $1", firms.weber, NOW - DAY)
    assert (await look()).work.longest == "Weber Bau AG"
    await execute("UPDATE customer_figures SET contact_due_at = NULL")
    await execute("UPDATE service_level SET contact_rhythm_days = NULL")
    assert (await look()).work.untouched == 0, "90 days are usual"
    await execute("UPDATE company SET untouched_after_days = 49")
    assert (await look()).work.untouched == 2
    await execute("UPDATE customer SET status = 'former' WHERE id = $1", firms.weber)
    found = await look()
    assert (found.work.untouched, found.work.longest, found.work.longest_since) == (
        1,
        "Größmann Küchen GmbH",
        NOW - 50 * DAY,
    )


async def test_the_untouched_are_paged_the_longest_first(cast: Cast, firms: Firms) -> None:
    for n in range(7):
        customer = await create_organisation(
            OrganisationData(name=f"Firma {n}"), by=cast.petra.id, now=LONG_AGO + n % 3 * DAY
        )
        await execute("UPDATE customer_figures SET contact_due_at = $2 WHERE customer = $1", customer, NOW - DAY)
    scope, cursor, seen = await scope_of(None), None, []
    while True:
        found = await untouched_customers(scope, NOW, limit=3, cursor=cursor)
        seen += found.rows
        cursor = found.next
        if cursor is None:
            break
    assert len(seen) == len({row.id for row in seen}) == 7
    assert [(row.since, row.id) for row in seen] == sorted((row.since, row.id) for row in seen)
    assert {row.owner_name for row in seen} == {"Petra Lang"}


async def test_what_waits_and_since_when(cast: Cast, firms: Firms) -> None:
    for days in (4, 9):
        await create_quotation(
            firms.weber, {"subject": f"Küche {days}", "requested_at": NOW - days * DAY}, by=cast.ali.id, now=NOW
        )
    sent = {
        "subject": "Bad",
        "number": "AN-1",
        "status": QuotationStatus.SENT,
        "requested_at": NOW - 20 * DAY,
        "sent_at": NOW - 6 * DAY,
    }
    await create_quotation(firms.groessmann, sent, by=cast.petra.id, now=NOW)
    call = await note_call_back(NewCallBack(CallBackKind.MISSED, "+49911551230", at=NOW), by=cast.ali.id, now=NOW)
    await set_reminder(user_id=cast.ali.id, customer_id=None, text="Lager", due_at=NOW + DAY, by=cast.ali.id, now=NOW)
    await execute("UPDATE reminder SET due_at = $1", NOW - DAY)
    await execute("UPDATE call_back SET due_at = $2 WHERE id = $1", call, NOW - DAY)
    work = (await look()).work
    assert (work.requested, work.requested_since, work.sent, work.sent_since) == (2, NOW - 9 * DAY, 1, NOW - 6 * DAY)
    assert (work.follow_ups, work.call_backs, work.call_backs_overdue) == (1, 1, 1)
    waiting = await waiting_quotations(None)
    assert [row.subject for row in waiting["requested"]] == ["Küche 9", "Küche 4"]
    assert [row.number for row in waiting["sent"]] == ["AN-1"]


async def test_a_team_is_its_customers_and_what_its_members_have(cast: Cast, firms: Firms) -> None:
    await contact(firms.groessmann, NOW - DAY, by=cast.ali.id)
    await contact(firms.weber, NOW - DAY, by=cast.petra.id)
    await contact(None, NOW - DAY, "press")
    for who in (cast.petra, cast.ali):
        await set_reminder(user_id=who.id, customer_id=None, text="Lager", due_at=NOW + DAY, by=who.id, now=NOW)
    await execute("UPDATE reminder SET due_at = $1", NOW - DAY)
    found = await look(team=firms.team)
    assert (found.contacts.count, found.work.follow_ups) == (1, 1)
    assert (await look()).contacts.count == 3


async def test_a_team_of_two_is_not_shown_on_its_own(cast: Cast, firms: Firms) -> None:
    assert [row.name for row in (await scope_of(None)).teams] == ["Vertrieb"]
    await execute("UPDATE staff SET deactivated_at = $2 WHERE id = $1", cast.mia.id, NOW)
    assert (await scope_of(None)).teams == []
    with pytest.raises(NotFound):
        await scope_of(firms.team)


async def test_leads_and_management_see_it_and_nobody_else(browser: Browser, cast: Cast) -> None:
    for who in (cast.eva, cast.karin):
        await browser.log_in(who)
        assert (await browser.get("/team")).status_code == 200
        assert 'href="/team"' in (await browser.get("/customers")).text
        assert (await browser.api("GET", "/team")).status_code == 200
    for who in (cast.petra, cast.ali, cast.sven, cast.ines):
        await browser.log_in(who)
        assert (await browser.get("/team")).status_code == 404
        assert 'href="/team"' not in (await browser.get("/customers")).text
        assert (await browser.api("GET", "/team")).status_code == 404
        assert (await browser.api("GET", "/team/untouched")).status_code == 404


async def test_the_page_says_it_in_words_figures_and_a_table(browser: Browser, cast: Cast, firms: Firms) -> None:
    now = datetime.now(UTC)
    await contact(firms.weber, now - timedelta(seconds=5))
    await execute("UPDATE customer_figures SET contact_due_at = $2 WHERE customer = $1", firms.groessmann, now - DAY)
    await browser.log_in(cast.eva)
    page = await browser.get("/team")
    assert "Diese Woche gab es einen Kontakt mit Kunden." in page.text
    assert "Ein Kunde ist zu lange ohne Kontakt: am längsten Größmann Küchen GmbH" in page.text
    assert re.search(r'<svg[^>]*role="img" aria-labelledby="bars-title bars-desc"', page.text)
    assert "Als Tabelle" in page.text
    assert f'href="/portfolio?owner={cast.petra.id}"' in page.text
    assert " style=" not in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    assert (await browser.get("/team?team=999999")).status_code == 404
    assert (await browser.get("/team?period=nonsense")).status_code == 200


async def test_more_of_the_untouched_come_as_rows(browser: Browser, cast: Cast, firms: Firms) -> None:
    for n in range(13):
        await create_organisation(OrganisationData(name=f"Firma {n:02}"), by=cast.petra.id, now=LONG_AGO + n * DAY)
    await browser.log_in(cast.karin)
    page = await browser.get("/team")
    assert "Firma 11" in page.text
    assert "Firma 12" not in page.text
    more = re.search(r'hx-get="(/team\?cursor=[^"]+)"', page.text)
    assert more
    rows = await browser.get(more[1], htmx=True)
    assert "Firma 12" in rows.text
    assert "<html" not in rows.text
    assert "Firma 12" in (await browser.get(more[1])).text, "without a script, too"


async def test_a_lead_sets_the_days_and_slips_are_told(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    version = await fetch_value("SELECT version FROM company")
    wrong = await browser.post("/team/untouched-days", {"untouched_after_days": "bald", "version": version})
    assert wrong.status_code == 422
    assert 'value="bald"' in wrong.text
    right = {"untouched_after_days": "45", "version": version, "period": "month"}
    assert (await browser.post("/team/untouched-days", right)).headers["location"] == "/team?period=month&done=days"
    assert await fetch_value("SELECT untouched_after_days FROM company") == 45
    again = await browser.post("/team/untouched-days", {**right, "untouched_after_days": "60"})
    assert again.status_code == 409
    assert 'value="60"' in again.text
    assert (await browser.api("PATCH", "/team", {"untouched_after_days": 30})).json() == {"untouched_after_days": 30}
    assert (await browser.api("PATCH", "/team", {"untouched_after_days": 0})).status_code == 422


async def test_the_api_has_the_same_figures(browser: Browser, cast: Cast, firms: Firms) -> None:
    now = datetime.now(UTC)
    await contact(firms.weber, now - timedelta(seconds=5))
    await execute("UPDATE customer_figures SET contact_due_at = $2 WHERE customer = $1", firms.weber, now - DAY)
    await browser.log_in(cast.eva)
    said = (await browser.api("GET", "/team?period=month")).json()
    found = await look(Period.MONTH, now=datetime.now(UTC))
    assert said["contacts"]["count"] == found.contacts.count == 1
    assert sum(one["count"] or 0 for one in said["contacts"]["days"]) == 1
    assert said["waiting"]["untouched_customers"] == found.work.untouched == 1
    assert said["summary"] == found.sentences(datetime.now(UTC))
    items = (await browser.api("GET", f"/team/untouched?limit=1&team={firms.team}")).json()
    assert items == {"items": [], "next": None}
    items = (await browser.api("GET", "/team/untouched")).json()["items"]
    assert [(one["name"], one["owner"]) for one in items] == [("Weber Bau AG", "Ali Demir")]
    assert (await browser.api("GET", "/team?period=year")).status_code == 422


async def test_nothing_is_counted_by_person(browser: Browser, cast: Cast, firms: Firms) -> None:
    """Petra logs much and Ali little, both have follow-ups and calls. Whatever page or answer one looks at, no staff is named
    but as the owner of a customer who waits, and figures stay the same whoever did what."""
    everybody = {cast.petra.name, cast.ali.name, cast.jonas.name, cast.mia.name}
    for n in range(9):
        await contact(firms.weber, NOW - n * DAY, by=cast.petra.id)
    await contact(firms.weber, NOW - DAY, by=cast.ali.id)
    for who in (cast.petra, cast.petra, cast.ali):
        await set_reminder(
            user_id=who.id, customer_id=firms.weber, text="Anrufen", due_at=NOW + DAY, by=who.id, now=NOW
        )
    await execute("UPDATE reminder SET due_at = $1", NOW - DAY)
    await browser.log_in(cast.eva)
    paths = [f"/team?period={period.value}{team}" for period in Period for team in ("", f"&team={firms.team}")]

    async def answers() -> list[str]:
        return [(await browser.api("GET", path)).text for path in paths]

    before = await answers()
    for path, answer in zip(paths, before, strict=True):
        page = (await browser.get(path)).text
        named = {name for name in everybody if name in page.partition('id="untouched"')[0]}
        assert not named, path
        assert not [name for name in everybody if name in answer]
        assert not re.search(r'"(user|owner|staff|by|agent|person|member)', answer)
    await execute("UPDATE interaction SET by_user = $1", cast.ali.id)
    await execute('UPDATE reminder SET "user" = $1 WHERE "user" = $2', cast.jonas.id, cast.petra.id)
    assert await answers() == before
