"""Intended journeys: planned, changed, seen by two at once, and what becomes of them when something they rest on goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Role
from crm.accounts.tables import User
from crm.database import execute, fetch_value
from crm.errors import Conflict, Invalid, NotFound
from crm.improvement.intended.actions import change_journey, delete_journey, move_step, plan_journey
from crm.improvement.intended.queries import intended_for, intended_of
from crm.improvement.intended.rules import IntendedData, Segment, StepData, Wish, in_order, moved, segment_from
from crm.improvement.intended.tables import SegmentKind
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def lead(staff: User, team: int | None = None) -> CurrentUser:
    return CurrentUser(staff.id, staff.name, staff.email, Role.LEAD, "de", "", True, None, team)


def step(code: str, **more: Any) -> StepData:
    return replace(StepData(code, ("phone",), Decimal("4.2")), **more)


def plan(*codes: str, segment: Segment | None = None, **more: Any) -> IntendedData:
    data = IntendedData("Der gute Weg", "Niemand wartet.", segment or Segment(), tuple(step(code) for code in codes))
    return replace(data, **more)


async def shared_view(cast: Cast, query: str = "kind=organisation") -> tuple[int, int]:
    """A view of customers that Eva's team shares, and the team."""
    team = await fetch_value("INSERT INTO team (name) VALUES ('Kundendienst') RETURNING id")
    await execute("UPDATE staff SET team = $1 WHERE id = $2", team, cast.eva.id)
    view = await fetch_value(
        "INSERT INTO saved_view (name, owner, team, query, created_at, version) VALUES ('Firmen', $1, $2, $3, $4, 1) RETURNING id",
        cast.eva.id, team, query, LONG_AGO,
    )  # fmt: skip
    return int(view), int(team)


def test_a_smaller_number_moves_a_step_up_and_a_larger_one_down() -> None:
    def order(*places: int | None) -> list[str]:
        wishes = [Wish(step(f"s{n}"), place, n) for n, place in enumerate(places, 1)]
        return [one.touchpoint for one in in_order(wishes)]

    assert order(1, 2, 3, 4) == ["s1", "s2", "s3", "s4"]
    assert order(1, 2, 3, 2) == ["s1", "s4", "s2", "s3"]
    assert order(3, 2, 3, 4) == ["s2", "s3", "s1", "s4"]
    assert order(None, 2, 3, 1) == ["s4", "s1", "s2", "s3"]
    new = in_order([Wish(step("new"), None, None), Wish(step("old"), 1, 1)])
    assert [one.touchpoint for one in new] == ["old", "new"]


def test_at_the_end_a_step_moves_no_further() -> None:
    steps = (step("a"), step("b"))
    assert moved(steps, "a", -1) == steps
    assert moved(steps, "a", 1) == (step("b"), step("a"))
    assert moved(steps, "nobody", 1) == steps


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("", Segment()), ("7", Segment(SegmentKind.VIEW, 7)), ("persona-7", Segment(SegmentKind.PERSONA, 7)), ("persona-", None),
        ("x", None), ("-1", None), ("0", None), ("²", None), ("9" * 30, None),
    ],
)  # fmt: skip
def test_a_segment_reads_as_on_the_map(code: str, found: Segment | None) -> None:
    assert segment_from(code) == found
    assert found is None or found.code == code


async def test_a_lead_plans_a_journey_and_moves_a_step(cast: Cast) -> None:
    eva = lead(cast.eva)
    planned = await plan_journey(plan("fair", "hotline", "invoice"), eva, now=NOW)
    found = await intended_for(planned)
    assert [(one.number, one.code, one.aim, one.channels) for one in found.steps] == [
        (1, "fair", 4.2, ("phone",)), (2, "hotline", 4.2, ("phone",)), (3, "invoice", 4.2, ("phone",)),
    ]  # fmt: skip
    assert await move_step(planned, "invoice", -1, 1, eva, now=NOW) == 2
    assert await move_step(planned, "fair", -1, 2, eva, now=NOW) == 2
    assert [one.code for one in (await intended_for(planned)).steps] == ["fair", "invoice", "hotline"]
    assert (await intended_of(Segment())) is not None
    await delete_journey(planned, by=cast.eva.id, now=NOW)
    with pytest.raises(NotFound):
        await intended_for(planned)


async def test_two_who_change_one_at_once_see_each_other(cast: Cast) -> None:
    eva = lead(cast.eva)
    planned = await plan_journey(plan("fair", "hotline"), eva, now=NOW)
    assert await change_journey(planned, plan("fair", "hotline", goal="Schneller"), 1, eva, now=NOW) == 2
    for late in (plan("hotline", "fair"), plan("fair", "hotline", steps=(step("fair", note="neu"), step("hotline")))):
        with pytest.raises(Conflict) as refused:
            await change_journey(planned, late, 1, eva, now=NOW)
        assert {one.field for one in refused.value.differences} == {"goal", "steps"}
    with pytest.raises(Conflict):
        await move_step(planned, "fair", 1, 1, eva, now=NOW)


async def test_a_segment_has_one_intended_journey_that_others_see_too(cast: Cast) -> None:
    view, team = await shared_view(cast)
    eva, karin = lead(cast.eva, team), lead(cast.karin)
    of_view = Segment(SegmentKind.VIEW, view)
    planned = await plan_journey(plan("fair", segment=of_view), eva, now=NOW)
    for wrong, user in (
        (of_view, eva), (of_view, karin), (Segment(SegmentKind.VIEW, 999_999), eva), (Segment(SegmentKind.PERSONA, 999_999), eva),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            await plan_journey(plan("fair", segment=wrong), user, now=NOW)
        assert set(refused.value.errors) == {"segment"}
    assert await change_journey(planned, plan("fair", segment=of_view, goal="Anders"), 1, karin, now=NOW) == 2
    await execute("DELETE FROM saved_view WHERE id = $1", view)
    left = await intended_for(planned)
    assert (left.segment, left.kind) == (None, SegmentKind.VIEW)
    assert await intended_of(Segment()) is None, "it is not suddenly that of all customers"
    assert await change_journey(planned, plan("fair", goal="Für alle"), 2, karin, now=NOW) == 3
    assert (await intended_of(Segment())).id == planned  # type: ignore[union-attr]


async def test_a_retired_touchpoint_stays_and_no_new_one_comes(cast: Cast) -> None:
    eva = lead(cast.eva)
    planned = await plan_journey(plan("fair", "hotline"), eva, now=NOW)
    await execute("UPDATE touchpoint SET state = 'retired', retired_at = $1 WHERE code IN ('fair', 'invoice')", NOW)
    assert await change_journey(planned, plan("hotline", "fair"), 1, eva, now=NOW) == 2
    assert [one.is_retired for one in (await intended_for(planned)).steps] == [False, True]
    for wrong in ("invoice", "nowhere"):
        with pytest.raises(Invalid) as refused:
            await change_journey(planned, plan("hotline", wrong), 2, eva, now=NOW)
        assert set(refused.value.errors) == {"steps"}
    with pytest.raises(Invalid):
        await change_journey(planned, plan("hotline", "hotline"), 2, eva, now=NOW)


async def test_somebody_who_left_stays_responsible_until_another_one_is(cast: Cast) -> None:
    eva = lead(cast.eva)
    with_karin = plan(steps=(step("fair", responsible_id=cast.karin.id),))
    planned = await plan_journey(with_karin, eva, now=NOW)
    await execute("UPDATE staff SET deactivated_at = $2 WHERE id = $1", cast.karin.id, NOW)
    assert await change_journey(planned, replace(with_karin, goal="Ruhig"), 1, eva, now=NOW) == 2
    assert (await intended_for(planned)).steps[0].has_left
    with pytest.raises(Invalid):
        await plan_journey(with_karin, eva, now=NOW)


async def test_from_the_form_to_the_page_and_its_history(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    form = await browser.get("/journey/intended/new")
    assert 'name="in_hotline"' in form.text
    assert int(form.headers["x-sql-statements"]) <= 8
    made = await browser.post(
        "/journey/intended", {"name": "Weg", "goal": "Ruhe", "in_hotline": "1", "in_fair": "1", "segment": ""}
    )
    assert made.status_code == 303
    at = made.headers["location"].partition("?")[0]
    shown = await browser.get(at)
    assert shown.text.index("Messe") < shown.text.index("Hotline")
    assert int(shown.headers["x-sql-statements"]) <= 8
    moved_up = await browser.post(f"{at}/order", {"touchpoint": "hotline", "direction": "up", "version": "1"})
    assert moved_up.status_code == 303
    values = {
        "name": "Weg", "goal": "Ruhe", "segment": "", "version": "2", "in_hotline": "1", "was_hotline": "1", "place_hotline": "1",
        "aim_hotline": "4,6", "ch_hotline_chat": "1", "note_hotline": "Ein Mensch geht ran.", "who_hotline": str(cast.eva.id),
    }  # fmt: skip
    assert (await browser.get(f"{at}/edit")).status_code == 200
    assert (await browser.post(at, values)).status_code == 303
    shown = await browser.get(at)
    for told in (
        "4,6",
        "Chat",
        "Ein Mensch geht ran.",
        "Herausgenommen: Messe",
        "Neue Reihenfolge: ",
        "angestrebt 4,6",
    ):
        assert told in shown.text
    late = await browser.post(at, {**values, "version": "2", "goal": "Später"})
    assert late.status_code == 409
    assert "Später" in late.text
    again = await browser.post("/journey/intended", {"name": "Weg 2", "goal": "x", "in_fair": "1"})
    assert again.status_code == 422
    assert "Weg" in again.text
    listed = await browser.get("/journey/intended")
    assert at in listed.text
    assert int(listed.headers["x-sql-statements"]) <= 8
    assert (await browser.post(f"{at}/deletion", {})).status_code == 303
    assert (await browser.get(at)).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("aim_hotline", "6"), ("aim_hotline", "sehr gut"), ("aim_hotline", "4,333"), ("place_hotline", "0"), ("who_hotline", "9" * 30),
        ("note_hotline", "x" * 1001), ("goal", ""), ("name", "\x00"), ("segment", "persona-x"), ("in_hotline", ""),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_named_and_what_was_typed_stays(
    browser: Browser, cast: Cast, field: str, value: str
) -> None:
    await browser.log_in(cast.eva)
    values = {
        "name": "Weg", "goal": "Ruhe und Ordnung", "segment": "", "in_hotline": "1", "was_hotline": "1",
        "place_hotline": "1", "aim_hotline": "4",
    }  # fmt: skip
    answer = await browser.post("/journey/intended", {**values, field: value})
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert field == "goal" or "Ruhe und Ordnung" in answer.text


async def test_an_agent_reads_and_doesnt_plan(browser: Browser, cast: Cast) -> None:
    planned = await plan_journey(plan("fair"), lead(cast.eva), now=NOW)
    await browser.log_in(cast.petra)
    assert (await browser.get(f"/journey/intended/{planned}")).status_code == 200
    for address in ("/journey/intended/new", f"/journey/intended/{planned}/edit"):
        assert (await browser.get(address)).status_code in (403, 404)
    assert (await browser.get("/journey/intended/99999999")).status_code == 404


async def test_the_api_keeps_one_and_tells_who_was_quicker(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    sent = {
        "name": "Weg",
        "goal": "Ruhe",
        "steps": [{"touchpoint": "hotline", "aim": 4.5, "channels": ["phone", "chat"]}],
    }
    made = await browser.api("POST", "/intended-journeys", json=sent)
    assert made.status_code == 201
    one = made.json()
    assert one["steps"][0]["channels"] == ["phone", "chat"]
    at = f"/intended-journeys/{one['id']}"
    steps = [*sent["steps"], {"touchpoint": "fair", "aim": 4}]
    changed = await browser.api("PATCH", at, json={"version": 1, "steps": steps})
    assert [step["touchpoint"] for step in changed.json()["steps"]] == ["hotline", "fair"]
    assert (await browser.api("PATCH", at, json={"version": 1, "goal": "x"})).status_code == 409
    for wrong in (
        {"aim": 9, "touchpoint": "fair"}, {"aim": 4, "touchpoint": "nowhere"}, {"aim": 4, "touchpoint": "fair", "channels": ["fax"]},
        {"aim": 4, "touchpoint": "fair", "note": "x" * 2000}, {"aim": 4, "touchpoint": "fair", "responsible_id": 2**62},
    ):  # fmt: skip
        assert (await browser.api("PATCH", at, json={"version": 2, "steps": [wrong]})).status_code == 422
    told = await browser.api("GET", f"{at}/deviation?period=2026-10")
    assert told.status_code == 200
    assert told.json()["order_kept"] is None
    assert [step["use"] for step in told.json()["steps"]] == ["none", "none"]
    assert (await browser.api("GET", f"{at}/deviation?period=gestern")).status_code == 422
    assert (await browser.api("DELETE", at)).status_code == 204
    assert (await browser.api("GET", at)).status_code == 404
