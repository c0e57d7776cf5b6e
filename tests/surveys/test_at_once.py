"""Several at the same moment, on a database that really commits."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from crm.database import execute, fetch, fetch_one, fetch_value
from crm.records.merging import Wish, merge_customers
from crm.surveys.answering import answer_invitation, type_in
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


async def test_two_anonymous_answers_at_the_same_moment_are_both_kept(own_database: str) -> None:
    asked = await furnish()
    survey_id = await running(survey(is_anonymous=True), asked.cast)
    ids = [
        int(
            await fetch_value(
                "INSERT INTO survey_invitation (survey, event, language, questions, state, sent_at, expires_at, customer_id, touchpoint) "
                "SELECT $1, $2, 'de', 1, 'sent', $3, $4, $5, t.id FROM touchpoint t WHERE t.code = 'hotline' RETURNING id",
                survey_id, f"ticket {number}", NOW, LATER + timedelta(days=14), asked.ost,
            )
        )
        for number in range(1, 7)
    ]  # fmt: skip
    typed = [
        type_in(survey_id, Given({0: 4}, {}), at_on=LATER.date(), customer_id=None, by=asked.cast.ali.id, now=LATER)
        for _sheet in range(3)
    ]
    await asyncio.gather(*(answer_invitation(one, Given({0: 5}, {}), now=LATER) for one in ids), *typed)
    assert await fetch_value("SELECT count(*) FROM survey_response") == 9
    assert await fetch_value("SELECT count(*) FROM survey_answer") == 9


async def test_a_waiting_invitation_goes_to_the_one_they_were_merged_into(own_database: str) -> None:
    asked = await furnish()
    await agree(await fetch_value("SELECT person FROM affiliation WHERE customer = $1", asked.west), asked.cast)
    await running(survey(days=3), asked.cast)
    await solved(asked.ost, asked.ost_person, NOW + timedelta(minutes=10))
    await sweep_surveys(now=LATER)
    await merge_customers(Wish(asked.west, asked.ost), by=asked.cast.eva.id, now=LATER)
    await sweep_surveys(now=LATER + timedelta(days=3))
    row = await fetch_one("SELECT state, customer_id FROM survey_invitation")
    assert row is not None
    assert (row.state, row.customer_id) == ("sent", asked.west)


async def test_whoever_was_asked_under_another_number_is_not_asked_again_after_merging(own_database: str) -> None:
    asked = await furnish()
    await agree(await fetch_value("SELECT person FROM affiliation WHERE customer = $1", asked.west), asked.cast)
    await running(survey(), asked.cast)
    await solved(asked.ost, asked.ost_person, NOW + timedelta(minutes=10))
    await sweep_surveys(now=LATER)
    await merge_customers(Wish(asked.west, asked.ost), by=asked.cast.eva.id, now=LATER)
    await execute("UPDATE email_address SET address = 'neu@kunde.example' WHERE person IS NOT NULL")
    await solved(asked.west, None, LATER + timedelta(minutes=10))
    await sweep_surveys(now=LATER + timedelta(hours=1))
    states = await fetch("SELECT state, reason FROM survey_invitation ORDER BY id")
    assert [tuple(row) for row in states] == [("sent", ""), ("left_out", "asked_lately")]
