"""The guide beside the log form: what is ticked is kept with the contact and counted per guide, never per person."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from crm.customers.actions import create_private_person
from crm.customers.data import PersonData, PrivatePersonData
from crm.database import execute, fetch_one, fetch_value
from crm.errors import Invalid
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.followed_guides import GuideSteps, followed_in, guide_beside, parse_steps
from crm.interactions.guide_use import use_of_guides
from crm.interactions.tables import Channel, Direction
from crm.touchpoints.guides.queries import guide_named
from crm.web.forms import Fields
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def log(cast: Cast, customer_id: int | None, guide: GuideSteps | None) -> int:
    data = NewInteraction(customer_id, Channel.PHONE, Direction.INBOUND, "Anruf", guide=guide)
    return (await log_interaction(data, by=cast.petra.id, now=NOW)).id


def speed(*done: str, reason: str = "", version: int = 1) -> GuideSteps:
    return GuideSteps("speed", version, done, reason)


async def test_a_firm_and_a_private_customer_see_different_steps(cast: Cast, kitchen: int) -> None:
    private, _person = await create_private_person(
        PrivatePersonData(PersonData(given_name="Ida", family_name="Moll")), by=cast.petra.id, now=LONG_AGO
    )
    firm, person = [await guide_beside({"touchpoint": "hotline"}, who) for who in (kitchen, private)]
    assert firm.shown is not None
    assert firm.shown.code == "speed"
    assert [step.meant_for for step in firm.steps].count("organisation") == 1
    assert {step.meant_for for step in person.steps} == {"everyone", "person"}
    assert {step.meant_for for step in (await guide_beside({}, None)).steps} == {"everyone"}


async def test_a_guide_that_a_person_chose_stays_and_ticks_belong_to_their_guide(cast: Cast, kitchen: int) -> None:
    first = await guide_beside({"channel": "phone"}, kitchen)
    assert first.shown is not None
    assert first.shown.code == "listening"
    typed = {
        "channel": "phone",
        "guide": "listening",
        "guide_auto": "listening",
        "guide_shown": "listening",
        "guide_step_s1": "1",
    }
    assert (await guide_beside(typed, kitchen)).ticked == {"s1"}
    moved = await guide_beside(typed | {"touchpoint": "invoice"}, kitchen)
    assert moved.shown is not None
    assert moved.shown.code == "honesty", "what suits follows the touchpoint"
    assert moved.ticked == frozenset(), "a tick is no tick of another guide"
    other = await guide_beside(typed | {"guide": "solution", "touchpoint": "invoice"}, kitchen)
    assert other.shown is not None
    assert other.shown.code == "solution"
    assert (await guide_beside(typed | {"guide": "none"}, kitchen)).shown is None


def test_whoever_ignores_the_guide_has_not_followed_it() -> None:
    shown = {"guide": "speed", "guide_shown": "speed", "guide_version": "1"}
    assert parse_steps(Fields(shown)) is None
    assert parse_steps(Fields(shown | {"guide_step_s1": "1", "guide": "none"})) is None
    assert parse_steps(Fields(shown | {"guide_step_s1": "1"})) == speed("s1")
    assert parse_steps(Fields(shown | {"guide_reason": "no_time"})) == speed(reason="no_time")
    fields = Fields(shown | {"guide_reason": "bad_mood"})
    parse_steps(fields)
    assert set(fields.errors) == {"guide_reason"}


async def test_what_was_ticked_is_told_in_the_version_of_that_time(cast: Cast, kitchen: int) -> None:
    logged = await log(cast, kitchen, speed("s1", "s4", reason="not_wanted"))
    guide = await guide_named("speed")
    await execute("UPDATE guide SET version = 2 WHERE id = $1", guide.id)
    await execute("INSERT INTO guide_version (guide, version, steps) VALUES ($1, 2, '[]')", guide.id)
    told = await followed_in(logged)
    assert told is not None
    assert (told.version, told.newest, told.reason) == (1, 2, "not_wanted")
    assert told.done == ["s1", "s4"]
    assert told.left_out == ["s2", "s5"], "s3 is for private persons"
    assert await followed_in(await log(cast, kitchen, None)) is None


async def test_unknown_guides_versions_and_steps_are_refused_and_nothing_is_logged(cast: Cast, kitchen: int) -> None:
    for wrong in (GuideSteps("nowhere", 1, ("s1",)), speed("s1", version=7), speed("s1", "s3"), speed("s77")):
        with pytest.raises(Invalid) as refused:
            await log(cast, kitchen, wrong)
        assert set(refused.value.errors) == {"guide"}


async def test_the_figures_are_of_the_guide_and_leave_out_who_is_restricted(cast: Cast, kitchen: int) -> None:
    for done in (("s1", "s2", "s4"), ("s1", "s4"), ("s1",)):
        await log(cast, kitchen, speed(*done, reason="no_time" if len(done) == 1 else ""))
    guide = await guide_named("speed")
    day = timedelta(days=1)
    use = (await use_of_guides(NOW - day, NOW + day))[guide.id]
    assert use.uses == 3
    assert (use.of("s2").shown, use.of("s2").left_out, use.of("s2").reasons) == (3, 2, {"no_time": 1})
    assert use.of("s1").share == 0
    assert use.of("s5").share == 1
    assert use.of("s5").is_uncertain
    assert use.most_left_out is None, "three contacts are too few to say so"
    assert use.of("s3").share is None, "nobody was there for whom it is meant"
    assert await use_of_guides(NOW + day, NOW + 2 * day) == {}
    assert await use_of_guides(NOW - day, NOW) == {}, "the last instant is not part of it"
    await execute("UPDATE customer SET restricted_at = now() WHERE id = $1", kitchen)
    assert await use_of_guides(NOW - day, NOW + day) == {}


async def test_the_steps_go_with_a_deleted_contact(cast: Cast, kitchen: int) -> None:
    logged = await log(cast, kitchen, speed("s1"))
    await execute("DELETE FROM interaction WHERE id = $1", logged)
    assert await fetch_value("SELECT count(*) FROM followed_guide") == 0


async def test_ticking_in_the_browser(browser: Browser, cast: Cast, kitchen: int) -> None:
    await browser.log_in(cast.petra)
    form = await browser.get(f"/interactions/new?customer={kitchen}", htmx=True)
    assert 'name="guide_shown" value="listening"' in form.text
    part = await browser.get(f"/guides/beside?customer_id={kitchen}&touchpoint=hotline&channel=phone", htmx=True)
    assert 'name="guide_shown" value="speed"' in part.text
    assert int(part.headers["x-sql-statements"]) <= 3
    body = {
        "customer_id": kitchen, "channel": "phone", "text": "Rückruf zugesagt.", "submission_id": "guided", "guide": "speed",
        "guide_auto": "speed", "guide_shown": "speed", "guide_version": "1", "guide_step_s1": "1", "guide_reason": "no_time",
    }  # fmt: skip
    wrong = await browser.post("/interactions", body | {"minutes": "x", "touchpoint": "hotline"}, htmx=True)
    assert wrong.status_code == 422
    assert re.search(r'name="guide_step_s1" value="1" checked', wrong.text), "what was ticked stays ticked"
    assert (await browser.post("/interactions", body, htmx=True)).status_code == 200
    row = await fetch_one("SELECT interaction, reason, done::text AS done FROM followed_guide")
    assert (row.reason, row.done) == ("no_time", '["s1"]')
    shown = await browser.get(f"/interactions/{row.interaction}")
    assert "Schnell helfen" in shown.text
    assert "keine Zeit" in shown.text
    assert int(shown.headers["x-sql-statements"]) <= 8


async def test_guides_over_the_api(browser: Browser, cast: Cast, kitchen: int) -> None:
    await browser.log_in(cast.petra)
    listed = (await browser.api("GET", "/guides")).json()["items"]
    assert [one["code"] for one in listed][:2] == ["listening", "greeting"]
    assert (await browser.api("GET", "/guides/nowhere")).status_code == 404
    one = (await browser.api("GET", "/guides/speed")).json()
    assert one["steps"][0]["key"] == "s1"
    assert one["steps"][0]["for"] == "everyone"
    guide = {"code": "speed", "version": one["version"], "done": ["s1"], "reason": "no_time"}
    body = {"channel": "phone", "customer_id": kitchen, "text": "Per API.", "guide": guide}
    made = await browser.api("POST", "/interactions", body)
    assert made.status_code == 201, made.text
    told = (await browser.api("GET", f"/interactions/{made.json()['id']}")).json()["guide"]
    assert told == {"code": "speed", "version": 1, "done": ["s1"], "left_out": ["s2", "s4", "s5"], "reason": "no_time"}
    wrong = await browser.api("POST", "/interactions", body | {"guide": guide | {"done": ["s9"]}})
    assert wrong.status_code == 422
