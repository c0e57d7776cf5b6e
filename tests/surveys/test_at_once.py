"""Several at the same moment, on a database that really commits."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from crm.database import fetch, fetch_value
from crm.records.merging import Wish, merge_customers
from crm.surveys.answering import answer_invitation
from crm.surveys.forms import Given
from crm.surveys.inviting import sweep_surveys
from tests.cast import introduce
from tests.surveys.conftest import LATER, NOW, Asked, agree, private_person, running, solved, survey


async def furnish() -> Asked:
    cast = await introduce()
    ost, person = await private_person("Ost", "ost@kunde.example", cast)
    west, _west = await private_person("West", "west@kunde.example", cast)
    await agree(person, cast)
    return Asked(cast, ost, person, west)


async def test_several_sweeps_at_once_ask_a_person_once(own_database: str) -> None:
    asked = await furnish()
    surveys = [await running(survey(name=name), asked.cast) for name in ("Eins", "Zwei")]
    for minutes in (10, 20, 30):
        await solved(asked.ost, asked.ost_person, NOW + timedelta(minutes=minutes))
    await asyncio.gather(*(sweep_surveys(now=LATER) for _worker in range(4)))
    states = await fetch(
        "SELECT state, count(*) AS n FROM survey_invitation WHERE survey = ANY($1::bigint[]) GROUP BY 1 ORDER BY 1",
        surveys,
    )
    assert [tuple(row) for row in states] == [("left_out", 5), ("sent", 1)]
    assert await fetch_value("SELECT count(*) FROM outbox_message WHERE purpose = 'survey'") == 1


async def test_a_double_click_is_one_answer_and_one_enquiry(own_database: str) -> None:
    asked = await furnish()
    await running(survey(), asked.cast)
    await solved(asked.ost, asked.ost_person, NOW + timedelta(minutes=10))
    await sweep_surveys(now=LATER)
    invitation = await fetch_value("SELECT id FROM survey_invitation WHERE state = 'sent'")
    bad = Given({0: 1}, {}, "Nie wieder.")
    await asyncio.gather(*(answer_invitation(invitation, bad, now=LATER) for _click in range(4)))
    assert await fetch_value("SELECT count(*) FROM survey_answer") == 1
    assert await fetch_value("SELECT count(*) FROM survey_response") == 1
    assert await fetch_value("SELECT count(*) FROM ticket WHERE kind = 'complaint'") == 1
    assert await fetch_value("SELECT count(*) FROM alarm") == 1


async def test_whoever_was_merged_meanwhile_answers_as_the_one_they_are_now(own_database: str) -> None:
    asked = await furnish()
    await running(survey(), asked.cast)
    await solved(asked.ost, asked.ost_person, NOW + timedelta(minutes=10))
    await sweep_surveys(now=LATER)
    invitation = await fetch_value("SELECT id FROM survey_invitation WHERE state = 'sent'")
    await merge_customers(Wish(asked.west, asked.ost), by=asked.cast.eva.id, now=LATER)
    await answer_invitation(invitation, Given({0: 5}, {}), now=LATER)
    assert await fetch_value("SELECT customer FROM survey_answer") == asked.west
