"""The set-up assistant: asks in order, proposes from what was measured, loses nothing, and ends in an intended journey."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx

from crm.database import execute, fetch, fetch_value
from crm.improvement.intended.assistant import FAMILIES, QUESTIONS, Question, answered, filled, question_of
from crm.improvement.intended.drafts import begin_draft, draft_for
from crm.improvement.intended.queries import intended_journeys, places
from crm.interactions.tables import Interaction
from crm.reports.journeys.proposing import majority_order, seen
from crm.reports.journeys.usage import Usage
from crm.surveys.tables import SurveyAnswer
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast

LATELY = datetime.now(UTC) - timedelta(days=40)
AT = "/journey/intended/drafts"


def test_the_majority_decides_and_silence_keeps_the_catalogue() -> None:
    assert majority_order([1, 2, 3], {}) == [1, 2, 3]
    assert majority_order([1, 2, 3, 4], {(3, 1): 5, (1, 3): 2}) == [3, 4, 1, 2]
    assert majority_order([1, 2, 3], {(2, 1): 1, (1, 3): 1, (3, 2): 1}) == [1, 2, 3]
    assert majority_order([7, 1, 2], {(2, 1): 3}) == [7, 2, 1]


def test_what_is_hardly_used_is_not_proposed() -> None:
    found = seen([1, 2, 3], Usage({}, {1: 1, 2: 2}, 21))
    assert [found[one].is_used for one in (1, 2, 3)] == [False, True, False]
    assert seen([1], Usage())[1].share is None


def test_each_question_replaces_its_own_answers_alone() -> None:
    before = {"name": "Weg", "in_fair": "1", "in_hotline": "1", "ch_fair_word_of_mouth": "1", "aim_fair": "4"}
    codes = ["fair", "hotline"]
    after = answered(
        before, Question.TOUCHPOINTS, {"in_fair": "1", "in_nowhere": "1", "name": "x", "to": "next"}, codes
    )
    assert after == {"name": "Weg", "in_fair": "1", "ch_fair_word_of_mouth": "1", "aim_fair": "4"}
    channels = answered(
        after, Question.CHANNELS, {"ch_fair_word_of_mouth": "", "ch_fair_fax": "1", "ch_fair_web": "1"}, codes
    )
    assert {name for name, value in channels.items() if name.startswith("ch_") and value} == {"ch_fair_web"}
    more = answered(after, Question.MISSING, {"in_hotline": "1"}, codes)
    assert more["in_fair"] == more["in_hotline"] == "1"
    assert answered({}, Question.WHO, {"goal": "a\x00b" + "x" * 9000}, [])["goal"].startswith("abx")
    assert question_of({"aim_fair": "!"}) is Question.SATISFIED
    assert question_of({"steps": "!"}) is Question.TOUCHPOINTS
    assert [*FAMILIES] == [*QUESTIONS] == [*Question]


async def test_what_was_not_asked_comes_from_catalogue_and_data(db: None) -> None:
    rows = await places()
    values = filled(
        {"in_hotline": "1", "in_fair": "1", "seen_ch_fair": "1"}, rows, ["hotline", "fair"], lambda _place: ("chat",)
    )
    assert (values["was_hotline"], values["was_fair"]) == ("1", "2")
    assert values["ch_hotline_chat"] == "1"
    assert "ch_fair_chat" not in values
    assert values["aim_fair"]


async def measure(cast: Cast) -> None:
    """Eight firms call first and come to the fair afterwards; at the hotline they are not content."""
    ids = {row.code: row.id for row in await fetch("SELECT id, code FROM touchpoint")}
    for number in range(8):
        firm = await fetch_value(
            "INSERT INTO customer (number, kind, name, sort_key, service_level, status, created_at) "
            "VALUES ($1, 'organisation', $1, $1, (SELECT min(id) FROM service_level), 'customer', $2) RETURNING id",
            f"A-{number}", LONG_AGO,
        )  # fmt: skip
        for days, code, channel in ((0, "hotline", "email"), (3, "fair", "fair")):
            await Interaction(
                customer=firm,
                channel=channel,
                direction="inbound",
                touchpoint=ids[code],
                at=LATELY + timedelta(days=days),
                text="",
            ).save()
        await SurveyAnswer(customer=firm, touchpoint=ids["hotline"], metric="csat", score=2, at=LATELY).save()


async def sent(browser: Browser, at: str, question: str, values: dict[str, str]) -> httpx.Response:
    """The form of a question as its page sends it: with the version of the draft that it shows."""
    version = await fetch_value("SELECT version FROM journey_draft WHERE id = $1", int(at.rsplit("/", 1)[1]))
    return await browser.post(f"{at}/{question}", {**values, "version": str(version)})


async def test_from_the_first_question_to_the_journey_with_a_measure(browser: Browser, cast: Cast) -> None:
    await measure(cast)
    await browser.log_in(cast.eva)
    begun = await browser.post(AT, {"segment": ""})
    at = begun.headers["location"].removesuffix("/who")
    draft = int(at.rsplit("/", 1)[1])

    async def go(question: str, to: str = "next", **values: str) -> str:
        version = (await draft_for(draft, cast.eva.id)).version
        answer = await browser.post(f"{at}/{question}", {**values, "version": str(version), "to": to})
        assert answer.status_code == 303, answer.text[:3000]
        location = answer.headers["location"]
        shown = await browser.get(location)
        assert shown.status_code == 200
        assert int(shown.headers["x-sql-statements"]) <= 8, location
        return shown.text

    shown = await go("who", name="Weg der Firmen", goal="Niemand ruft zweimal an.", segment="")
    assert "8 Kunden" in shown
    ticked = set(re.findall(r'name="in_(\w+)" value="1" checked', shown))
    assert ticked == {"hotline", "fair"}
    shown = await go("touchpoints", seen_in="1", in_hotline="1", in_fair="1")
    assert re.search(r'name="ch_hotline_email" value="1" checked', shown)
    assert not re.search(r'name="ch_hotline_phone" value="1" checked', shown)
    shown = await go("channels", seen_ch_hotline="1", ch_hotline_phone="1", seen_ch_fair="1", ch_fair_fair="1")
    assert shown.index("place_hotline") < shown.index("place_fair")
    assert "gemessen auf Platz 1" in shown
    shown = await go("order", place_hotline="1", place_fair="2")
    assert "2,0 aus 8 Antworten" in shown
    shown = await go("satisfied", aim_hotline="4,5", aim_fair="4")
    shown = await go(
        "responsible", seen_who_hotline="1", who_hotline=str(cast.karin.id), seen_who_fair="1", who_fair=""
    )
    assert "2,0 aus 8 Antworten, angestrebt 4,5" in shown
    shown = await go("weak", measure_hotline="1", note_hotline="Ein Mensch geht ran.")
    for told in ("Information", "Dort ist noch niemand zuständig", "Messe"):
        assert told in shown
    back = await go("missing", to="order", in_website="1")
    assert 'value="1"' in back
    listed = await go("order", to="later", place_hotline="1", place_fair="2", place_website="3")
    assert "Weg der Firmen" in listed
    done = await browser.post(f"{at}/finish", {"version": "99"})
    assert done.status_code == 303, done.text[:3000]
    one = (await intended_journeys())[0]
    assert [step.code for step in one.steps] == ["hotline", "fair", "website"]
    hotline = one.steps[0]
    assert (hotline.channels, hotline.aim, hotline.responsible_id, hotline.note) == (
        ("phone",),
        4.5,
        cast.karin.id,
        "Ein Mensch geht ran.",
    )
    planned = await fetch("SELECT m.*, t.code FROM measure m JOIN touchpoint t ON t.id = m.touchpoint")
    assert [(row.code, row.metric, float(row.target), row.owner) for row in planned] == [
        ("hotline", "csat", 4.5, cast.karin.id)
    ]
    assert (await browser.get(f"{at}/who")).status_code == 404
    assert (await browser.post(f"{at}/finish", {})).status_code == 404
    assert len(await intended_journeys()) == 1


async def test_without_data_it_works_from_what_people_know(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    at = (await browser.post(AT, {})).headers["location"].removesuffix("/who")
    await sent(browser, at, "who", {"name": "Weg", "goal": "Ruhe", "segment": "", "to": "next"})
    for question in QUESTIONS:
        assert (await browser.get(f"{at}/{question}")).status_code == 200
    assert "noch nichts gemessen" in (await browser.get(f"{at}/touchpoints")).text
    none = await sent(browser, at, "touchpoints", {"seen_in": "1", "to": "next"})
    assert none.status_code == 422
    await sent(browser, at, "touchpoints", {"seen_in": "1", "in_fair": "1", "to": "next"})
    assert (await browser.post(f"{at}/finish", {})).status_code == 303
    step = (await intended_journeys())[0].steps[0]
    assert (step.code, step.channels) == ("fair", ("visit", "fair"))


async def test_errors_stand_at_their_question_and_nothing_is_lost(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    at = (await browser.post(AT, {})).headers["location"].removesuffix("/who")
    wrong = await sent(browser, at, "who", {"name": "", "goal": "Ruhe", "segment": "persona-x", "to": "next"})
    assert wrong.status_code == 422
    assert "Ruhe" in (await browser.get(f"{at}/who")).text
    back = await sent(browser, at, "satisfied", {"aim_fair": "neun", "to": "back"})
    assert back.status_code == 303
    await sent(browser, at, "touchpoints", {"seen_in": "1", "in_fair": "1", "to": "next"})
    assert 'value="neun"' in (await browser.get(f"{at}/satisfied")).text
    unfinished = await browser.post(f"{at}/finish", {})
    assert unfinished.status_code == 422
    assert "Wer ist die Zielgruppe?" in unfinished.text
    assert (await browser.get(f"{at}/nowhere")).status_code == 404


async def test_a_second_tab_does_not_undo_the_first(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    at = (await browser.post(AT, {})).headers["location"].removesuffix("/who")
    assert (
        await browser.post(f"{at}/who", {"name": "Erste", "goal": "x", "version": "1", "to": "next"})
    ).status_code == 303
    late = await browser.post(f"{at}/who", {"name": "Zweite", "goal": "x", "version": "1", "to": "next"})
    assert late.status_code == 409
    assert "Zweite" in late.text
    assert "Erste" in (await browser.get(f"{at}/who")).text


async def test_a_form_that_does_not_say_what_it_has_seen_writes_nothing_over(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    at = (await browser.post(AT, {})).headers["location"].removesuffix("/who")
    await browser.post(f"{at}/who", {"name": "Erste", "goal": "x", "version": "1", "to": "next"})
    for version in ({}, {"version": ""}, {"version": "x"}):
        late = await browser.post(f"{at}/who", {"name": "Zweite", "goal": "x", "to": "next", **version})
        assert late.status_code == 409
    assert "Erste" in (await browser.get(f"{at}/who")).text


async def test_two_clicks_begin_one_draft_and_empty_ones_do_not_pile_up(browser: Browser, cast: Cast) -> None:
    now = datetime.now(UTC)
    both = [await begin_draft("", by=cast.eva.id, now=now) for _click in range(2)]
    assert len({*both}) == 1
    await browser.log_in(cast.eva)
    again = await browser.post(AT, {"segment": ""})
    assert again.headers["location"] == f"{AT}/{both[0]}/who"
    await sent(browser, f"{AT}/{both[0]}", "who", {"name": "", "goal": "", "segment": "", "to": "later"})
    assert await begin_draft("persona-1", by=cast.eva.id, now=now) == both[0]
    assert (await draft_for(both[0], cast.eva.id)).answers == {"segment": "persona-1"}
    await sent(browser, f"{AT}/{both[0]}", "who", {"name": "", "goal": "Ruhe", "segment": "", "to": "later"})
    assert await begin_draft("", by=cast.eva.id, now=now) != both[0]
    assert (await draft_for(both[0], cast.eva.id)).answers["goal"] == "Ruhe"
    assert await begin_draft("", by=cast.karin.id, now=now) not in both


async def test_two_clicks_on_the_next_question_are_no_conflict(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    at = (await browser.post(AT, {})).headers["location"].removesuffix("/who")
    for _click in range(2):
        told = await browser.post(f"{at}/who", {"name": "Weg", "goal": "x", "version": "1", "to": "next"})
        assert (told.status_code, told.headers.get("location")) == (303, f"{at}/touchpoints")


async def test_what_was_ticked_at_the_end_stays_when_the_goal_is_missing(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    at = (await browser.post(AT, {})).headers["location"].removesuffix("/who")
    await sent(browser, at, "touchpoints", {"seen_in": "1", "in_fair": "1", "to": "next"})
    assert (await browser.post(f"{at}/finish", {"in_website": "1"})).status_code == 422
    await sent(browser, at, "who", {"name": "Weg", "goal": "Ruhe", "segment": "", "to": "next"})
    assert (await browser.post(f"{at}/finish", {})).status_code == 303
    assert {step.code for step in (await intended_journeys())[0].steps} == {"fair", "website"}


async def test_the_map_leads_to_the_assistant_for_the_customers_it_shows(browser: Browser, cast: Cast) -> None:
    view = await fetch_value(
        "INSERT INTO saved_view (name, owner, query, created_at, version) VALUES ('Firmen', $1, 'kind=organisation', $2, 1) RETURNING id",
        cast.eva.id, LONG_AGO,
    )  # fmt: skip
    persona = await fetch_value(
        "INSERT INTO persona (name, \"view\", view_by, created_by, created_at, version) VALUES ('Pia', $1, $2, $2, $3, 1) RETURNING id",
        view, cast.eva.id, LONG_AGO,
    )  # fmt: skip
    await browser.log_in(cast.eva)
    shown = (await browser.get(f"/journey?segment=persona-{persona}")).text
    button = re.search(rf'<form[^>]*action="{AT}">.*?name="segment" value="([^"]*)"', shown, re.S)
    assert button is not None
    begun = await browser.post(AT, {"segment": button.group(1)})
    draft = int(begun.headers["location"].split("/")[-2])
    assert (await draft_for(draft, cast.eva.id)).answers == {"segment": f"persona-{persona}"}
    await browser.log_in(cast.ali)
    assert AT not in (await browser.get(f"/journey?segment=persona-{persona}")).text


async def test_a_draft_is_ones_own_and_can_be_discarded(browser: Browser, cast: Cast) -> None:
    draft = await begin_draft("", by=cast.eva.id, now=datetime.now(UTC))
    await browser.log_in(cast.karin)
    assert (await browser.get(f"{AT}/{draft}/who")).status_code == 404
    assert (await browser.post(f"{AT}/{draft}/deletion", {})).status_code == 404
    await browser.log_in(cast.eva)
    assert (await browser.get(f"{AT}/{draft}/who")).status_code == 200
    assert (await browser.post(f"{AT}/{draft}/deletion", {})).status_code == 303
    assert (await browser.get(f"{AT}/{draft}/who")).status_code == 404


async def test_customers_who_have_a_journey_are_told_at_the_first_question(browser: Browser, cast: Cast) -> None:
    await execute(
        "INSERT INTO intended_journey (name, goal, segment, created_by, created_at, version) VALUES ('Schon da', 'x', 'all', $1, $2, 1)",
        cast.eva.id, LONG_AGO,
    )  # fmt: skip
    await browser.log_in(cast.eva)
    at = (await browser.post(AT, {})).headers["location"].removesuffix("/who")
    told = await sent(browser, at, "who", {"name": "Noch einer", "goal": "x", "segment": "", "to": "next"})
    assert told.status_code == 422
    assert "Schon da" in told.text
