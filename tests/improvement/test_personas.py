"""Personas: typical customers on one page, whose number and satisfaction are those of a real segment."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Role
from crm.accounts.tables import User
from crm.customers.actions import create_organisation
from crm.customers.data import OrganisationData
from crm.database import Statements, counted, execute, fetch_value
from crm.errors import Conflict, Invalid, NotFound
from crm.improvement.personas.actions import PersonaData, change_persona, delete_persona, describe_persona
from crm.improvement.personas.queries import persona_for, segment_of
from crm.reports.segments import answers_of_segment
from crm.surveys.actions import NewAnswer, record_answer
from crm.surveys.tables import Metric
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def user_of(staff: User, team: int | None) -> CurrentUser:
    return CurrentUser(staff.id, staff.name, staff.email, Role.LEAD, "de", "", True, None, team)


async def shared_view(cast: Cast, query: str = "kind=organisation") -> tuple[int, int]:
    """A view of customers that Eva's team shares, and the team."""
    team = await fetch_value("INSERT INTO team (name) VALUES ('Kundendienst') RETURNING id")
    await execute("UPDATE staff SET team = $1 WHERE id = $2", team, cast.eva.id)
    view = await fetch_value(
        "INSERT INTO saved_view (name, owner, team, query, created_at, version) VALUES ('Firmen', $1, $2, $3, $4, 1) RETURNING id",
        cast.eva.id, team, query, LONG_AGO,
    )  # fmt: skip
    return int(view), int(team)


def planner(view: int | None, **changes: Any) -> PersonaData:
    data = PersonaData(
        "Die Planerin", "plant Küchen", "Pläne, die gebaut werden", "Baustelle", "warten", "Vorlagen", "Messen", "Büro", "Auftrag", view
    )  # fmt: skip
    return replace(data, **changes)


async def test_number_and_satisfaction_are_those_of_the_segment(cast: Cast) -> None:
    view, team = await shared_view(cast)
    firms = [
        await create_organisation(OrganisationData(name=f"Firma {n}"), by=cast.petra.id, now=LONG_AGO) for n in range(4)
    ]
    for customer, score in zip(firms, (5, 4, 3, 1), strict=True):
        answer = NewAnswer(Metric.CSAT, score, customer_id=customer)
        await record_answer(answer, at=NOW - timedelta(days=9), by=None, now=NOW)
    await record_answer(NewAnswer(Metric.CSAT, 1), at=NOW - timedelta(days=9), by=None, now=NOW)  # nobody knows who
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", firms[3], NOW)
    persona = await persona_for(await describe_persona(planner(view), user_of(cast.eva, team), now=NOW))
    customers = await segment_of(persona, NOW)
    assert customers == firms[:3]
    answers = await answers_of_segment(customers, start=NOW - timedelta(days=30), end=NOW)
    assert (answers["csat"].value, answers["csat"].n, answers["csat"].is_uncertain) == (4.0, 3, True)
    assert answers["nps"].n == 0
    everybody = await answers_of_segment(firms, start=NOW - timedelta(days=30), end=NOW)
    assert everybody["csat"].n == 3


async def test_only_a_view_that_the_team_shares_is_a_segment(cast: Cast) -> None:
    view, team = await shared_view(cast)
    own = await fetch_value(
        "INSERT INTO saved_view (name, owner, query, created_at, version) VALUES ('Meine', $1, '', $2, 1) RETURNING id",
        cast.eva.id, LONG_AGO,
    )  # fmt: skip
    for wrong in (own, 999_999):
        with pytest.raises(Invalid):
            await describe_persona(planner(wrong), user_of(cast.eva, team), now=NOW)
    with pytest.raises(Invalid):
        await describe_persona(planner(view), user_of(cast.karin, None), now=NOW)
    persona = await describe_persona(planner(view), user_of(cast.eva, team), now=NOW)
    await change_persona(persona, planner(view, goals="Anders"), 1, user_of(cast.karin, None), now=NOW)
    assert (await persona_for(persona)).view_by == cast.eva.id
    await execute("DELETE FROM saved_view WHERE id = $1", view)
    assert await segment_of(await persona_for(persona), NOW) is None


async def test_two_who_change_one_at_once_see_each_other(cast: Cast) -> None:
    eva = user_of(cast.eva, None)
    persona = await describe_persona(planner(None), eva, now=NOW)
    assert await change_persona(persona, planner(None, goals="Ruhe"), 1, eva, now=NOW) == 2
    with pytest.raises(Conflict) as refused:
        await change_persona(persona, planner(None, context="Stadt"), 1, eva, now=NOW)
    assert {one.field for one in refused.value.differences} == {"goals", "context"}
    await delete_persona(persona, by=cast.eva.id, now=NOW)
    with pytest.raises(NotFound):
        await persona_for(persona)


async def test_the_second_who_saves_reads_the_name_of_the_view(browser: Browser, cast: Cast) -> None:
    view, team = await shared_view(cast)
    persona = await describe_persona(planner(None), user_of(cast.eva, team), now=NOW)
    await change_persona(persona, planner(view), 1, user_of(cast.eva, team), now=NOW)
    await browser.log_in(cast.karin)
    values = {name: value or "" for name, value in asdict(planner(None)).items()}
    shown = await browser.post(f"/personas/{persona}", {**values, "version": "1"})
    assert shown.status_code == 409
    told = shown.text.partition('name="version"')[0]
    assert "Firmen" in told
    assert f">{view}<" not in told


async def test_a_persona_leads_to_its_journey(browser: Browser, cast: Cast) -> None:
    view, team = await shared_view(cast)
    persona = await describe_persona(planner(view), user_of(cast.eva, team), now=NOW)
    await browser.log_in(cast.eva)
    href = f"/journey?segment=persona-{persona}"
    assert f'href="{href}"' in (await browser.get(f"/personas/{persona}")).text
    assert (await browser.get(href)).status_code == 200
    told = (await browser.api("GET", f"/journey?persona_id={persona}")).json()
    assert (told["persona_id"], told["segment_id"]) == (persona, None)


async def test_karin_describes_one_and_everybody_reads_it(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.karin)
    refused = await browser.post("/personas", {"name": "", "goals": "Ruhe\x00", "submission_id": "p"})
    assert refused.status_code == 422
    assert "Ruhe" in refused.text
    made = await browser.post("/personas", {"name": "Die Planerin", "goals": "Ruhe", "submission_id": "p"})
    at = made.headers["location"].partition("?")[0]
    token = counted.set(Statements())
    try:
        shown = await browser.get(at)
        assert len(counted.get() or ()) <= 8
    finally:
        counted.reset(token)
    assert "Ruhe" in shown.text
    changed = await browser.post(at, {"name": "Die Planerin", "goals": "Mehr Ruhe", "version": "1"})
    assert changed.status_code == 303
    stale = await browser.post(at, {"name": "Die Planerin", "goals": "Keine", "version": "1"})
    assert stale.status_code == 409
    await browser.log_in(cast.ali)
    assert "Mehr Ruhe" in (await browser.get(at)).text
    assert (await browser.post(f"{at}/deletion", {})).status_code == 403


async def test_the_api_knows_personas(browser: Browser, cast: Cast) -> None:
    view, _team = await shared_view(cast)
    await browser.log_in(cast.eva)
    made = (await browser.api("POST", "/personas", json={"name": "Die Planerin", "view_id": view})).json()
    assert (made["customers"], made["answers"]["csat"]["n"]) == (0, 0)
    at = f"/personas/{made['id']}"
    assert (await browser.api("PATCH", at, json={"version": 1, "goals": "Ruhe"})).json()["goals"] == "Ruhe"
    assert (await browser.api("PATCH", at, json={"version": 1, "goals": "x"})).status_code == 409
    assert (await browser.api("PATCH", at, json={"version": 2, "view_id": 10**30})).status_code in (400, 422)
    assert [one["name"] for one in (await browser.api("GET", "/personas")).json()["items"]] == ["Die Planerin"]
    assert (await browser.api("DELETE", at)).status_code == 204
    assert (await browser.api("GET", at)).status_code == 404
