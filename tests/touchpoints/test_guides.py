"""Guides: which one suits a contact, how a lead keeps them, and when they are looked at again."""

from datetime import UTC, date, datetime

import pytest

from crm.database import execute, fetch_one, fetch_value
from crm.errors import Invalid, RuleBroken
from crm.interactions.tables import Channel
from crm.touchpoints.guides.editing import GuideData, change_guide, create_guide
from crm.touchpoints.guides.forms import parse_guide, typed
from crm.touchpoints.guides.queries import guide_named, guides, guides_to_review, touchpoints_by_code
from crm.touchpoints.guides.rules import GuideView, Step, keyed, steps_for, suitable
from tests.browser import Browser
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EVERYBODY = Step("s1", "everyone", "Begrüßen", "Greet")
PRIVATE = Step("s2", "person", "Nach dem Zuhause fragen", "Ask about their home")
FIRM = Step("s3", "organisation", "Entscheider klären", "Find out who decides")


def guide(code: str, touchpoints: str = "", channels: str = "", **fields: object) -> GuideView:
    values: dict[str, object] = {
        "id": 1, "code": code, "name_de": code, "name_en": code, "touchpoints": tuple(touchpoints.split()),
        "channels": tuple(channels.split()), "is_active": True, "review_on": date(2026, 12, 1), "version": 1,
        "steps": (EVERYBODY, PRIVATE, FIRM), **fields,
    }  # fmt: skip
    return GuideView(**values)  # type: ignore[arg-type]


def chosen(guides: list[GuideView], touchpoint: str = "", channel: str = "phone", kind: str = "person") -> str | None:
    found = suitable(guides, touchpoint=touchpoint, channel=channel, kind=kind)
    return found.code if found else None


def test_the_touchpoint_counts_more_than_the_channel() -> None:
    known = [guide("anywhere"), guide("phone", channels="phone"), guide("hotline", "hotline")]
    assert chosen(known, "hotline") == "hotline"
    assert chosen(known, "invoice") == "phone"
    assert chosen(known, channel="visit") == "anywhere"
    assert chosen(known[1:], channel="visit") is None
    both = guide("both", "hotline", "phone")
    assert chosen([*known, both], "hotline") == "both"
    assert chosen([*known, both], "hotline", "email") == "hotline", "among equals the first"


def test_who_has_no_step_in_a_guide_is_not_offered_it() -> None:
    known = [guide("firms", channels="phone", steps=(FIRM,)), guide("retired", channels="phone", is_active=False)]
    assert chosen(known, kind="person") is None
    assert chosen(known, kind="organisation") == "firms"


def test_companies_and_private_persons_have_their_own_steps() -> None:
    steps = (EVERYBODY, PRIVATE, FIRM)
    assert steps_for(steps, "person") == (EVERYBODY, PRIVATE)
    assert steps_for(steps, "organisation") == (EVERYBODY, FIRM)
    assert steps_for(steps, "") == (EVERYBODY,)


def test_the_key_of_a_step_that_is_gone_is_not_given_again() -> None:
    new = Step("", "everyone", "Neu", "")
    assert [step.key for step in keyed([new, EVERYBODY, new], ["s1", "s4"])] == ["s5", "s1", "s6"]


async def test_a_company_starts_with_seven_guides_for_both_kinds_of_customers(db: None) -> None:
    found = await guides()
    assert len(found) == 7
    known = set(await touchpoints_by_code())
    for one in found:
        assert set(one.touchpoints) <= known
        assert set(one.channels) <= set(Channel)
        private, firm = steps_for(one.steps, "person"), steps_for(one.steps, "organisation")
        assert {len(private), len(firm)} <= {4, 5, 6}, one.code
        assert private != firm, "each has its variants"
        assert all(step.text_de and step.text_en for step in one.steps)
        assert one.name_de
        assert one.name_en
        assert one.review_on


def wanted(view: GuideView, **fields: object) -> GuideData:
    values = {
        "name_de": view.name_de, "name_en": view.name_en, "touchpoints": view.touchpoints, "channels": view.channels,
        "review_on": view.review_on, "is_active": view.is_active, "steps": view.steps, **fields,
    }  # fmt: skip
    return GuideData(**values)  # type: ignore[arg-type]


async def test_a_changed_guide_is_a_new_version_and_the_earlier_one_stays(cast: Cast) -> None:
    before = await guide_named("speed")
    steps = (*before.steps[1:], Step("", "everyone", "Danken", "Say thank you"), Step("s99", "everyone", "Fremd", ""))
    await change_guide("speed", wanted(before, steps=steps), before.version, by=cast.eva.id, now=NOW)
    after = await guide_named("speed")
    assert after.version == 2
    new = [step.key for step in after.steps if step.text_de in ("Danken", "Fremd")]
    assert set(new).isdisjoint({step.key for step in before.steps} | {"s99"}), "a key that it never had is a new step"
    kept = await fetch_value("SELECT steps::text FROM guide_version WHERE guide = $1 AND version = 1", before.id)
    assert before.steps[0].text_de in kept
    audit = await fetch_one(
        "SELECT e.actor_id, p.fields::text AS fields FROM audit_entry e JOIN audit_payload p ON p.id = e.payload_id "
        "WHERE e.action = 'guide.changed' AND e.subject_id = $1",
        before.id,
    )
    assert audit.actor_id == cast.eva.id
    assert "Danken" in audit.fields
    with pytest.raises(RuleBroken):
        await change_guide("speed", wanted(before, name_de="Zu spät"), 1, by=cast.eva.id, now=NOW)
    await change_guide("speed", wanted(after), 2, by=cast.eva.id, now=NOW)
    assert (await guide_named("speed")).version == 2, "nothing differs"


async def test_a_new_guide_gets_a_code_and_stands_last(cast: Cast) -> None:
    data = GuideData("Messegespräch", "", ("fair",), (), date(2027, 5, 1), True, (Step("", "everyone", "Zuhören", ""),))
    code = await create_guide(data, by=cast.eva.id, now=NOW)
    assert (await guides())[-1].code == code
    assert (await guide_named(code)).name_en == "Messegespräch", "the German name serves in both languages"


async def test_the_lead_is_told_when_the_review_date_has_come(cast: Cast) -> None:
    await execute("UPDATE guide SET review_on = '2026-11-23' WHERE code = 'speed'")
    await execute("UPDATE guide SET review_on = '2026-11-01' WHERE code = 'honesty'")
    await execute("UPDATE guide SET review_on = '2026-11-01', is_active = false WHERE code = 'solution'")
    assert [row.code for row in await guides_to_review(date(2026, 11, 23))] == ["honesty", "speed"]
    assert [row.code for row in await guides_to_review(date(2026, 11, 22))] == ["honesty"]


def test_the_form_says_everything_at_once_and_takes_the_order_of_the_numbers() -> None:
    with pytest.raises(Invalid) as refused:
        parse_guide({"step_en_2": "Only English", "review_on": "bald"}, ["fair"], ["phone"])
    assert set(refused.value.errors) == {"name_de", "review_on", "step_de_2", "steps"}
    values = {
        "name_de": "Besuch", "review_on": "2027-01-31", "touchpoint_fair": "1", "channel_phone": "1", "step_de_1": "Zweiter",
        "step_place_1": "2", "step_de_2": "Erster", "step_place_2": "1", "step_for_2": "person", "version": "3",
    }  # fmt: skip
    data, version = parse_guide(values, ["fair", "delivery"], ["phone", "email"])
    assert [(step.text_de, step.meant_for) for step in data.steps] == [("Erster", "person"), ("Zweiter", "everyone")]
    assert (data.touchpoints, data.channels, data.is_active, version) == (("fair",), ("phone",), False, 3)


async def test_a_lead_edits_a_guide_and_others_read_it(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    listed = await browser.get("/guides")
    assert listed.status_code == 200
    assert "Zuhören und verstehen" in listed.text
    assert int(listed.headers["x-sql-statements"]) <= 6
    assert (await browser.get("/guides/listening")).status_code == 200
    assert (await browser.get("/guides/listening/edit")).status_code in (403, 404)
    await browser.log_in(cast.eva)
    assert (await browser.get("/guides/listening/edit")).status_code == 200
    before = typed(await guide_named("listening"))
    body = {name: str(value) for name, value in before.items()} | {"name_de": "Gut zuhören", "review_on": "2027-03-01"}
    assert (await browser.post("/guides/listening", body)).status_code == 303
    assert (await guide_named("listening")).name_de == "Gut zuhören"
    late = await browser.post("/guides/listening", body | {"name_de": "Besser zuhören"})
    assert late.status_code == 409
    assert 'value="Besser zuhören"' in late.text
    assert 'name="version" value="2"' in late.text
    wrong = await browser.post("/guides/listening", body | {"name_de": ""})
    assert wrong.status_code == 422
    new = await browser.post(
        "/guides", {"name_de": "Neu", "review_on": "2027-01-01", "step_de_1": "Eins", "is_active": "1"}
    )
    assert new.status_code == 303, new.text
    await execute("UPDATE guide SET review_on = '2020-01-01' WHERE code = 'speed'")
    assert "wieder durchzusehen" in (await browser.get("/guides")).text
