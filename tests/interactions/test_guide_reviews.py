"""Which steps are left out how often, and reviews of guides: told once, done by one click, kept with who did it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import Invalid, NotFound, RuleBroken
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.followed_guides import GuideSteps
from crm.interactions.guide_use import StepUse, use_of_guides
from crm.interactions.tables import Channel, Direction
from crm.touchpoints.guides.editing import GuideData, change_guide
from crm.touchpoints.guides.queries import guide_named, reviews_of
from crm.touchpoints.guides.reviewing import remind_of_guide_reviews, review_guide
from crm.touchpoints.guides.rules import GuideView, Step, is_questioned, next_review
from tests.browser import Browser
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def data_of(view: GuideView, **fields: object) -> GuideData:
    values = {
        "name_de": view.name_de, "name_en": view.name_en, "touchpoints": view.touchpoints, "channels": view.channels,
        "review_on": view.review_on, "is_active": view.is_active, "steps": view.steps, "review_months": view.review_months,
        "owner_id": view.owner_id, **fields,
    }  # fmt: skip
    return GuideData(**values)  # type: ignore[arg-type]


async def follow(cast: Cast, customer_id: int, *done: str, version: int = 1, reason: str = "", times: int = 1) -> None:
    for _n in range(times):
        guide = GuideSteps("speed", version, done, reason)
        data = NewInteraction(customer_id, Channel.PHONE, Direction.INBOUND, "Anruf", guide=guide)
        await log_interaction(data, by=cast.petra.id, now=NOW)


async def due_only(code: str, on: date) -> None:
    await execute("UPDATE guide SET review_on = '2030-01-01', reminded_for = NULL, owner = NULL")
    await execute("UPDATE guide SET review_on = $2 WHERE code = $1", code, on)


async def told() -> list[tuple[str, str]]:
    rows = await fetch(
        "SELECT s.name, n.detail->>'name' AS guide FROM notification n JOIN staff s ON s.id = n.user WHERE n.kind = 'guide_due' "
        "ORDER BY n.id"
    )
    return [(row.name, row.guide) for row in rows]


def test_a_step_is_questioned_from_four_in_ten_of_ten_contacts_on() -> None:
    assert not is_questioned(9, 9), "too few to say so"
    assert is_questioned(10, 4)
    assert not is_questioned(10, 3)
    assert not is_questioned(0, 0)


def test_the_next_review_is_months_later_and_never_a_day_that_there_is_not() -> None:
    assert next_review(date(2026, 11, 23), 12) == date(2027, 11, 23)
    assert next_review(date(2026, 10, 31), 1) == date(2026, 11, 30)
    assert next_review(date(2027, 12, 31), 2) == date(2028, 2, 29)


def test_the_reason_given_most_often_is_named() -> None:
    assert StepUse("s1", 20, 9, {"no_time": 2, "did_not_fit": 5}).main_reason == ("did_not_fit", 5)
    assert StepUse("s1", 20, 9).main_reason is None


async def test_each_version_has_its_own_figures_and_all_stand_together(cast: Cast, kitchen: int) -> None:
    guide = await guide_named("speed")
    await follow(cast, kitchen, "s1", reason="no_time", times=3)
    first = guide.steps[0]
    worded = (Step(first.key, first.meant_for, "Neu formuliert", "Worded anew"), *guide.steps[1:])
    await change_guide("speed", data_of(guide, steps=worded), 1, by=cast.eva.id, now=NOW)
    await follow(cast, kitchen, "s2", version=2, times=2)
    use = (await use_of_guides(NOW - DAY, NOW + DAY))[guide.id]
    assert (use.uses, use.in_version(1).uses, use.in_version(2).uses, use.in_version(3).uses) == (5, 3, 2, 0)
    assert (use.of("s1").shown, use.of("s1").left_out) == (5, 2)
    assert (use.in_version(1).of("s1").left_out, use.in_version(2).of("s1").left_out) == (0, 2)
    assert use.of("s2").reasons == {"no_time": 3}
    assert use.of("s2").ticked == 2


async def test_figures_stay_when_a_customer_is_erased(cast: Cast, kitchen: int) -> None:
    """As in every report: an erasure (GDPR Art. 17) does not change the figures of the past, a deletion does."""
    await follow(cast, kitchen, "s1", times=3)
    guide = (await guide_named("speed")).id
    await execute("UPDATE customer SET deleted_at = $2, erased_at = $2 WHERE id = $1", kitchen, NOW)
    assert (await use_of_guides(NOW - DAY, NOW + DAY))[guide].uses == 3
    await execute("UPDATE customer SET erased_at = NULL WHERE id = $1", kitchen)
    assert await use_of_guides(NOW - DAY, NOW + DAY) == {}
    await execute("UPDATE customer SET deleted_at = NULL, restricted_at = $2 WHERE id = $1", kitchen, NOW)
    assert await use_of_guides(NOW - DAY, NOW + DAY) == {}


async def test_the_page_questions_the_guide_and_shows_an_earlier_version(
    browser: Browser, cast: Cast, kitchen: int
) -> None:
    guide = await guide_named("speed")
    await follow(cast, kitchen, "s1", reason="did_not_fit", times=6)
    await follow(cast, kitchen, "s1", "s2", times=4)
    await execute("UPDATE interaction SET at = now() - interval '1 day'")
    first = guide.steps[0]
    worded = (Step(first.key, first.meant_for, "Neu formuliert", ""), *guide.steps[1:])
    await change_guide("speed", data_of(guide, steps=worded), 1, by=cast.eva.id, now=NOW)
    await browser.log_in(cast.petra)
    shown = await browser.get("/guides/speed")
    assert shown.status_code == 200
    assert int(shown.headers["x-sql-statements"]) <= 8
    second = guide.steps[1].text("de")
    assert f"In 6 von 10 Kontakten blieb „{second}“ aus." in shown.text
    assert "passte nicht (6)" in shown.text or "(6)." in shown.text
    assert "stellt den Leitfaden infrage" in shown.text
    assert "Neu formuliert" in shown.text
    assert "Petra" not in shown.text.split("<main", 1)[1], "never by person"
    earlier = await browser.get("/guides/speed?version=1")
    assert first.text("de") in earlier.text
    assert "im Wortlaut von damals" in earlier.text
    before = await browser.get("/guides/speed?from=2020-01-01&to=2020-02-01")
    assert "stellt den Leitfaden infrage: Passt" not in before.text
    wrong = await browser.get("/guides/speed?from=bald&to=2020-02-01")
    assert wrong.status_code == 422
    assert 'value="bald"' in wrong.text
    assert (await browser.get("/guides?month=2026-10")).status_code == 200


async def test_whoever_looks_after_a_guide_is_told_once_for_each_date(cast: Cast) -> None:
    await due_only("speed", date(2026, 11, 23))
    guide = await guide_named("speed")
    await change_guide("speed", data_of(guide, owner_id=cast.eva.id), 1, by=cast.ines.id, now=NOW)
    assert await remind_of_guide_reviews(now=NOW - DAY) == 0
    assert await remind_of_guide_reviews(now=NOW) == 1
    assert await remind_of_guide_reviews(now=NOW + DAY) == 0
    assert await told() == [("Eva Kern", "Schnell helfen")]
    following = await review_guide("speed", date(2026, 11, 23), by=cast.eva.id, now=NOW)
    assert following == date(2027, 11, 23)
    assert await remind_of_guide_reviews(now=NOW + DAY) == 0
    assert await remind_of_guide_reviews(now=NOW + timedelta(days=365)) == 1
    assert len(await told()) == 2


async def test_the_leads_are_told_where_nobody_looks_after_it_or_they_left(cast: Cast) -> None:
    await due_only("speed", date(2026, 11, 20))
    await execute("UPDATE guide SET owner = $1 WHERE code = 'speed'", cast.ines.id)
    await execute("UPDATE staff SET deactivated_at = $2 WHERE id = $1", cast.ines.id, NOW)
    await execute("UPDATE staff SET language = 'en' WHERE id = $1", cast.eva.id)
    assert await remind_of_guide_reviews(now=NOW) == 1
    name = (await guide_named("speed")).name_en
    assert await told() == [("Eva Kern", name)]


async def test_the_leads_are_told_where_the_owner_may_no_longer_change_guides(cast: Cast) -> None:
    await due_only("speed", date(2026, 11, 20))
    await execute("UPDATE guide SET owner = $1 WHERE code = 'speed'", cast.petra.id)
    assert await remind_of_guide_reviews(now=NOW) == 1
    assert await told() == [("Eva Kern", "Schnell helfen")]


async def test_nobody_is_told_of_a_guide_that_is_no_longer_used(cast: Cast) -> None:
    await due_only("speed", date(2026, 11, 20))
    await execute("UPDATE guide SET is_active = false WHERE code = 'speed'")
    assert await remind_of_guide_reviews(now=NOW) == 0


async def test_a_review_is_kept_once_with_who_did_it(cast: Cast) -> None:
    await due_only("speed", date(2026, 11, 20))
    await execute("UPDATE guide SET review_months = 6 WHERE code = 'speed'")
    assert await review_guide("speed", date(2026, 11, 20), by=cast.eva.id, now=NOW) == date(2027, 5, 23)
    again = await review_guide("speed", date(2026, 11, 20), by=cast.ines.id, now=NOW)
    assert again == date(2027, 5, 23), "a second click, or a colleague who was slower"
    [kept] = await reviews_of((await guide_named("speed")).id)
    assert (kept.name, kept.version, kept.due_on, kept.next_on) == (
        "Eva Kern", 1, date(2026, 11, 20), date(2027, 5, 23),
    )  # fmt: skip
    audit = await fetch_one("SELECT actor_id FROM audit_entry WHERE action = 'guide.reviewed'")
    assert audit.actor_id == cast.eva.id
    with pytest.raises(NotFound):
        await review_guide("nowhere\x00", None, by=cast.eva.id, now=NOW)


async def test_who_changes_a_guide_has_seen_that_it_was_reviewed(cast: Cast) -> None:
    await due_only("speed", date(2026, 11, 20))
    opened = await guide_named("speed")
    await review_guide("speed", opened.review_on, by=cast.ines.id, now=NOW)
    with pytest.raises(RuleBroken):
        await change_guide(
            "speed", data_of(opened, name_de="Flott"), 1, by=cast.eva.id, now=NOW, review_was=opened.review_on
        )
    assert (await guide_named("speed")).review_on == date(2027, 11, 23), "the date that was set stays"


async def test_only_who_may_change_guides_can_look_after_one(cast: Cast) -> None:
    guide = await guide_named("speed")
    for wrong in (cast.petra.id, 10**9):
        with pytest.raises(Invalid) as refused:
            await change_guide("speed", data_of(guide, owner_id=wrong), 1, by=cast.eva.id, now=NOW)
        assert set(refused.value.errors) == {"owner"}
    await execute("UPDATE guide SET owner = $1 WHERE code = 'speed'", cast.ines.id)
    await execute("UPDATE staff SET deactivated_at = $2 WHERE id = $1", cast.ines.id, NOW)
    left = await guide_named("speed")
    assert not left.owner_is_here
    await change_guide("speed", data_of(left, name_de="Flott"), 1, by=cast.eva.id, now=NOW)
    assert (await guide_named("speed")).owner_id == cast.ines.id, "other changes need no new owner"


async def test_a_lead_reviews_by_one_click_and_others_cannot(browser: Browser, cast: Cast) -> None:
    await due_only("speed", date(2020, 1, 1))
    await browser.log_in(cast.petra)
    assert "Geprüft" not in (await browser.get("/guides/speed")).text
    assert (await browser.post("/guides/speed/reviews", {"due_on": "2020-01-01"})).status_code == 403
    await browser.log_in(cast.eva)
    assert 'action="/guides/speed/reviews"' in (await browser.get("/guides")).text
    done = await browser.post("/guides/speed/reviews", {"due_on": "2020-01-01"})
    assert done.status_code == 303
    assert (await browser.post("/guides/speed/reviews", {"due_on": "2020-01-01"})).status_code == 303
    assert await fetch_value("SELECT count(*) FROM guide_review") == 1
    assert "Eva Kern" in (await browser.get("/guides/speed")).text
    assert (await browser.post("/guides/speed/reviews", {"due_on": "morgen"})).status_code == 422
    assert (await browser.post("/guides/nowhere/reviews", {"due_on": ""})).status_code == 404


async def test_use_and_reviews_over_the_api(browser: Browser, cast: Cast, kitchen: int) -> None:
    await due_only("speed", date(2020, 1, 1))
    await follow(cast, kitchen, "s1", times=2)
    await execute("UPDATE interaction SET at = '2026-10-15 10:00+00'")
    await browser.log_in(cast.eva)
    use = (await browser.api("GET", "/guides/speed/use?month=2026-10")).json()
    assert (use["uses"], use["first"], use["last"]) == (2, "2026-10-01", "2026-10-31")
    assert use["steps"][0] | {"text_de": "", "text_en": ""} == {
        "key": "s1", "text_de": "", "text_en": "", "shown": 2, "ticked": 2, "left_out": 0, "share": 0.0, "reasons": {},
        "is_questioned": False,
    }  # fmt: skip
    assert [(one["version"], one["uses"]) for one in use["versions"]] == [(1, 2)]
    assert (await browser.api("GET", "/guides/speed/use?from=2026-09-01&to=2026-09-30")).json()["uses"] == 0
    assert (await browser.api("GET", "/guides/speed/use?month=x")).status_code == 422
    made = await browser.api("POST", "/guides/speed/reviews", {"due_on": "2020-01-01"})
    assert made.status_code == 201, made.text
    [kept] = (await browser.api("GET", "/guides/speed/reviews")).json()["items"]
    assert (kept["by_id"], kept["due_on"], kept["next_on"]) == (
        cast.eva.id, "2020-01-01", made.json()["review_on"],
    )  # fmt: skip
    assert (await browser.api("GET", "/guides/speed")).json()["review_on"] == made.json()["review_on"]
    await browser.log_in(cast.petra)
    assert (await browser.api("POST", "/guides/speed/reviews", {"due_on": None})).status_code == 403
