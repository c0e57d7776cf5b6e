"""Who can do what: the lead's pages, one's own absence, and where it is thin."""

from __future__ import annotations

import pytest

from crm.database import fetch, fetch_one, fetch_value
from crm.tickets.gaps import Gap, gaps
from crm.web.formats import local
from tests.browser import Browser
from tests.tickets.conftest import Desk


async def level_of(desk: Desk, user_id: int, topic: str) -> int:
    found = await fetch_value(
        'SELECT c.level FROM competence c JOIN topic t ON t.id = c.topic WHERE c."user" = $1 AND t.code = $2',
        user_id,
        topic,
    )
    return int(found or 0)


async def test_eva_raises_a_level_and_takes_a_topic_away(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    page = await browser.get("/competences")
    assert page.status_code == 200
    assert "Ali Demir" in page.text
    billing = await fetch_value("SELECT id FROM topic WHERE code = 'billing'")
    general = await fetch_value("SELECT id FROM topic WHERE code = 'general'")
    ali = desk.cast.ali.id
    done = await browser.post("/competences", {f"level-{ali}-{billing}": "2", f"level-{ali}-{general}": "0"})
    assert done.status_code == 303
    assert (
        await level_of(desk, ali, "billing"),
        await level_of(desk, ali, "general"),
        await level_of(desk, ali, "delivery"),
    ) == (2, 0, 1)


async def test_a_level_that_does_not_exist_is_refused(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    billing = await fetch_value("SELECT id FROM topic WHERE code = 'billing'")
    assert (await browser.post("/competences", {f"level-{desk.cast.ali.id}-{billing}": "7"})).status_code == 422
    assert await level_of(desk, desk.cast.ali.id, "billing") == 1


async def test_eva_makes_petra_an_agent_but_not_the_manager(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    assert (await browser.post("/competences/agents", {"user_id": str(desk.cast.petra.id)})).status_code == 303
    assert (await browser.post("/competences/agents", {"user_id": str(desk.cast.karin.id)})).status_code == 422
    assert "Petra Lang" in (await browser.get("/competences")).text


async def test_hours_languages_and_capacity_of_an_agent(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    where = f"/competences/agents/{desk.cast.ali.id}"
    fields = {
        "capacity": "5",
        "languages": "de, TR",
        "channels": ["phone", "email"],
        "from-0": "08:00",
        "to-0": "12:30",
    }
    assert (await browser.post(where, fields)).status_code == 303
    row = await fetch_one('SELECT capacity, languages, channels FROM agent_profile WHERE "user" = $1', desk.cast.ali.id)
    assert row is not None
    assert tuple(row) == (5, "de,tr", "phone,email")
    page = (await browser.get(where)).text
    assert 'value="12:30"' in page
    wrong = await browser.post(where, {**fields, "from-0": "13:00", "languages": "klingonisch", "capacity": "-1"})
    assert wrong.status_code == 422
    assert wrong.text.count('class="error"') == 3


async def test_ali_switches_his_own_absence_and_nothing_else(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    page = await browser.get("/competences/me")
    assert page.status_code == 200
    assert "Abwesenheit" in page.text
    assert (await browser.post("/competences/me/absence", {"absent": "1"})).status_code == 303
    assert await fetch_value('SELECT absent_from FROM agent_profile WHERE "user" = $1', desk.cast.ali.id) is not None
    assert (await browser.post("/competences/me/absence", {})).status_code == 303
    assert await fetch_value('SELECT absent_from FROM agent_profile WHERE "user" = $1', desk.cast.ali.id) is None
    assert (await browser.get("/competences")).status_code == 404
    assert (await browser.post(f"/competences/agents/{desk.cast.jonas.id}/absence", {"absent": "1"})).status_code == 403


async def test_an_absence_is_told_in_words(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    told = (await browser.get("/reminders/understood?field=absent_until&absent_until=24.12.2098")).text
    assert "bis zum Ende des Tages" in told
    assert "24. Dezember 2098" in told
    spoken = {"absent": "1", "absent_from": "22.12.2098", "absent_until": "24.12.2098"}
    assert (await browser.post("/competences/me/absence", spoken)).status_code == 303
    row = await fetch_one('SELECT absent_from, absent_until FROM agent_profile WHERE "user" = $1', desk.cast.ali.id)
    assert row is not None
    assert [f"{local(moment):%d.%m.%Y %H:%M}" for moment in row] == ["22.12.2098 00:00", "25.12.2098 00:00"]
    page = (await browser.get("/competences/me")).text
    assert 'value="2098-12-25 00:00"' in page, "what is stored can be sent again as it stands"
    for words, sentence in (
        ("gestern", "Vergangenheit"),
        ("31.2.", "gibt es im Kalender nicht"),
        ("bald", "Wann meinen Sie?"),
    ):
        refused = await browser.post("/competences/me/absence", {"absent": "1", "absent_until": words})
        assert refused.status_code == 422
        assert sentence in refused.text
        assert f'value="{words}"' in refused.text


async def test_who_gets_no_enquiries_yet_is_told_whom_to_ask(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.petra)
    page = await browser.get("/competences/me")
    assert page.status_code == 200
    assert "Teamleitung" in page.text


async def test_the_topics_get_other_levels(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    topics = await fetch("SELECT id, code, level, first_contact_level AS first FROM topic")
    fields = {f"topic-{row.id}-level": str(row.level) for row in topics} | {
        f"topic-{row.id}-first": str(row.first) for row in topics
    }
    billing = next(row.id for row in topics if row.code == "billing")
    assert (await browser.post("/competences/topics", {**fields, f"topic-{billing}-level": "4"})).status_code == 422
    assert (await browser.post("/competences/topics", {**fields, f"topic-{billing}-level": "2"})).status_code == 303
    assert await fetch_value("SELECT level FROM topic WHERE id = $1", billing) == 2


@pytest.mark.parametrize(
    ("levels", "kind"),
    [
        ([{}, {}], "nobody"), ([{1: 2}, {1: 1}], "one"), ([{1: 2}, {1: 2}], "no_expert"), ([{1: 3}, {1: 2}], "one_expert"),
        ([{1: 3}, {1: 3}], None),
    ],
)  # fmt: skip
def test_a_gap_is_named_by_what_is_missing_most(levels: list[dict[int, int]], kind: str | None) -> None:
    found = gaps([(1, "Rechnung", 2)], [("Ali", levels[0]), ("Mia", levels[1])])
    assert [gap.kind for gap in found] == ([kind] if kind else [])


def test_the_worst_gap_comes_first() -> None:
    found = gaps([(1, "Rechnung", 1), (2, "Vertrag", 2)], [("Ali", {1: 3}), ("Mia", {1: 1})])
    assert found == [Gap("Vertrag", "nobody", 2), Gap("Rechnung", "one_expert", 3, "Ali")]


async def test_the_service_levels_are_shown_with_their_targets(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    page = await browser.get("/service-levels")
    assert page.status_code == 200
    for shown in ("Gold", "1 Std.", "08:00–18:00", "alle 30 Tage"):
        assert shown in page.text
    await browser.log_in(desk.cast.ali)
    assert (await browser.get("/service-levels")).status_code == 404
