"""From what happened to what is known: who is asked, what they answer, who is told."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from crm.accounts.company import signing_secret
from crm.consents.actions import record_event
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.errors import Conflict, Invalid, NotFound, RuleBroken
from crm.surveys.answering import EDITABLE, answer_invitation, open_invitation, type_in
from crm.surveys.defining import ask_staff, change_survey, end_survey, pause_survey, resume_survey
from crm.surveys.forms import Given, Question
from crm.surveys.inviting import TOO_LATE, sweep_surveys
from crm.surveys.links import survey_path
from crm.surveys.queries import comments_of, results_of, survey_for
from crm.surveys.tables import Audience, Occasion, QuestionKind
from crm.web.i18n import zone
from tests.surveys.conftest import HOW_SATISFIED, LATER, NOW, Asked, agree, private_person, running, solved, survey

GOOD, BAD = Given({0: 5}, {}, "Sehr nett."), Given({0: 1}, {}, "Keiner ging ans Telefon.")


async def invitation(survey_id: int) -> Row:
    rows = await fetch("SELECT * FROM survey_invitation WHERE survey = $1", survey_id)
    assert len(rows) == 1
    return rows[0]


async def asked_by(survey_id: int, asked: Asked) -> Row:
    """Frau Ost's enquiry is solved, and she is asked."""
    await solved(asked.ost, asked.ost_person, NOW + timedelta(hours=1))
    await sweep_surveys(now=LATER)
    row = await invitation(survey_id)
    assert row.state == "sent"
    return row


async def token_of(row: Row) -> str:
    return survey_path(row.id, await signing_secret()).removeprefix("/survey/")


async def test_after_a_solved_enquiry_one_mail_asks_through_the_gate(asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast)
    row = await asked_by(survey_id, asked)
    for _again in range(2):
        await sweep_surveys(now=LATER)
    mails = await fetch("SELECT * FROM outbox_message WHERE purpose = 'survey'")
    assert len(mails) == 1
    mail = mails[0]
    assert (mail.to_address, mail.person_id, mail.status) == ("ost@kunde.example", asked.ost_person, "queued")
    assert "Wie zufrieden waren Sie?" in mail.subject
    assert f"/survey/{await token_of(row)}?answer=5" in mail.html
    assert "Wo bleibt die Platte?" in mail.text
    assert "Sehr geehrte Frau Ost" in mail.text
    assert row.expires_at == LATER + timedelta(days=30)


async def test_whoever_did_not_agree_is_not_asked_and_counted(asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast)
    await solved(asked.west, None, NOW + timedelta(hours=1))
    await sweep_surveys(now=LATER)
    row = await invitation(survey_id)
    assert (row.state, row.reason) == ("left_out", "no_basis")
    assert await fetch("SELECT 1 FROM outbox_message WHERE purpose = 'survey'") == []
    assert (await survey_for(survey_id)).rate.asked == 0


async def test_nobody_is_asked_about_what_was_before_or_long_ago(asked: Asked) -> None:
    await solved(asked.ost, asked.ost_person, NOW - timedelta(hours=1))
    survey_id = await running(survey(), asked.cast)
    await sweep_surveys(now=LATER)
    assert await fetch("SELECT 1 FROM survey_invitation WHERE survey = $1", survey_id) == []
    await solved(asked.ost, asked.ost_person, NOW + timedelta(hours=1))
    await sweep_surveys(now=NOW + timedelta(hours=1, minutes=1) + TOO_LATE)
    assert await fetch("SELECT 1 FROM survey_invitation WHERE survey = $1", survey_id) == []


async def test_one_person_is_asked_once_in_ninety_days_by_whichever_survey(asked: Asked) -> None:
    first = await running(survey(), asked.cast)
    other = await running(survey(name="Noch eine"), asked.cast)
    await solved(asked.ost, asked.ost_person, NOW + timedelta(hours=1))
    await solved(asked.ost, asked.ost_person, NOW + timedelta(minutes=90))
    await sweep_surveys(now=LATER)
    states = await fetch(
        "SELECT state, reason, count(*) AS n FROM survey_invitation WHERE survey = ANY($1::bigint[]) GROUP BY 1, 2 ORDER BY 1",
        [first, other],
    )
    assert [(row.state, row.reason, row.n) for row in states] == [("left_out", "asked_lately", 3), ("sent", "", 1)]
    after = LATER + timedelta(days=91)
    await solved(asked.ost, asked.ost_person, after - timedelta(hours=1))
    await end_survey(other, by=asked.cast.eva.id, now=LATER)
    await sweep_surveys(now=after)
    assert (
        await fetch_value("SELECT count(*) FROM survey_invitation WHERE survey = $1 AND sent_at = $2", first, after)
        == 1
    )


async def test_at_night_a_survey_rests_unless_it_was_chosen(asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast)
    night = NOW.replace(hour=22)
    await solved(asked.ost, asked.ost_person, night - timedelta(hours=1))
    await sweep_surveys(now=night)
    assert (await invitation(survey_id)).state == "waiting"
    await execute("UPDATE survey SET at_night = true WHERE id = $1", survey_id)
    await sweep_surveys(now=night)
    assert (await invitation(survey_id)).state == "sent"


async def test_a_paused_survey_asks_nobody_and_what_was_asked_can_be_answered(asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast)
    row = await asked_by(survey_id, asked)
    await pause_survey(survey_id, by=asked.cast.eva.id, now=LATER)
    await agree((await fetch_value("SELECT person FROM affiliation WHERE customer = $1", asked.west)), asked.cast)
    await solved(asked.west, None, LATER + timedelta(minutes=1))
    await sweep_surveys(now=LATER + timedelta(minutes=2))
    assert await fetch_value("SELECT count(*) FROM survey_invitation WHERE survey = $1", survey_id) == 1
    await answer_invitation(row.id, GOOD, now=LATER)
    await resume_survey(survey_id, by=asked.cast.eva.id, now=LATER + timedelta(minutes=3))
    await sweep_surveys(now=LATER + timedelta(minutes=4))
    line = await survey_for(survey_id)
    assert (line.rate.asked, line.rate.answered, line.answers) == (2, 1, 1)


async def test_days_after_an_order_and_after_a_delivery(asked: Asked) -> None:
    ordered = await running(survey(occasion=Occasion.ORDERED, days=10, limit_days=0), asked.cast)
    delivered = await running(survey(occasion=Occasion.DELIVERED, limit_days=0), asked.cast)
    order = await fetch_value(
        "INSERT INTO customer_order (customer, number, ordered_on, amount, status, delivered_on, created_at) "
        "VALUES ($1, 'A-77', $2, 100, 'delivered', $2, $3) RETURNING id",
        asked.ost, NOW.date(), NOW,
    )  # fmt: skip
    await sweep_surveys(now=LATER + timedelta(hours=2))
    assert (await invitation(delivered)).state == "sent"
    assert (await invitation(ordered)).state == "waiting"
    await sweep_surveys(now=LATER + timedelta(days=10, hours=2))
    assert (await invitation(ordered)).state == "sent"
    assert (await invitation(ordered)).event == f"order {order}"
    mails = await fetch("SELECT text FROM outbox_message WHERE purpose = 'survey'")
    assert ["A-77" in mail.text for mail in mails] == [True, True]


async def test_a_good_answer_stands_in_figures_and_history(asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast)
    row = await asked_by(survey_id, asked)
    await answer_invitation(row.id, GOOD, now=LATER)
    answer = await fetch_one("SELECT * FROM survey_answer WHERE survey = $1", survey_id)
    assert answer is not None
    assert (answer.customer, answer.person, answer.metric, answer.score, answer.comment) == (
        asked.ost, asked.ost_person, "csat", 5, "Sehr nett.",
    )  # fmt: skip
    assert answer.touchpoint == await fetch_value("SELECT id FROM touchpoint WHERE code = 'hotline'")
    assert answer.ticket == row.ticket_id
    assert await fetch_value("SELECT satisfaction_sum FROM customer_figures WHERE customer = $1", asked.ost) == 5
    assert await fetch("SELECT 1 FROM alarm WHERE customer = $1", asked.ost) == []
    line = await survey_for(survey_id)
    assert (line.rate.share, line.answers) == (1.0, 1)
    assert line.score is not None
    assert line.score.value == 5


async def test_a_low_answer_opens_one_enquiry_and_tells_petra_once(asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast)
    row = await asked_by(survey_id, asked)
    for at in (LATER, LATER + timedelta(minutes=5)):
        await answer_invitation(row.id, BAD, now=at)
    tickets = await fetch("SELECT * FROM ticket WHERE customer = $1 AND kind = 'complaint'", asked.ost)
    assert len(tickets) == 1
    assert "1 von 5" in tickets[0].subject
    assert tickets[0].priority == "high"
    assert tickets[0].id == await fetch_value("SELECT ticket FROM survey_response WHERE survey = $1", survey_id)
    assert len(await fetch("SELECT 1 FROM alarm WHERE customer = $1 AND withdrawn_at IS NULL", asked.ost)) == 1
    told = await fetch(
        "SELECT kind FROM notification WHERE \"user\" = $1 AND kind IN ('alarm_answer', 'ticket_assigned')",
        asked.cast.petra.id,
    )
    assert [one.kind for one in told] == ["alarm_answer"]


async def test_who_gets_the_enquiry_is_not_told_of_the_alarm_as_well(asked: Asked) -> None:
    await execute(
        "INSERT INTO agent_profile (\"user\", capacity, languages, channels) VALUES ($1, 50, 'de', '')",
        asked.cast.petra.id,
    )
    await execute('INSERT INTO competence ("user", topic, level) SELECT $1, id, 3 FROM topic', asked.cast.petra.id)
    survey_id = await running(survey(), asked.cast)
    row = await asked_by(survey_id, asked)
    await execute("DELETE FROM notification")
    await answer_invitation(row.id, BAD, now=LATER)
    told = await fetch('SELECT kind FROM notification WHERE "user" = $1', asked.cast.petra.id)
    assert [one.kind for one in told] == ["ticket_assigned"]


async def test_within_a_day_an_answer_can_be_changed_and_no_longer(asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast)
    row = await asked_by(survey_id, asked)
    token = await token_of(row)
    await answer_invitation(row.id, BAD, now=LATER)
    await answer_invitation(row.id, GOOD, now=LATER + EDITABLE - timedelta(minutes=1))
    assert [one.score for one in await fetch("SELECT score FROM survey_answer WHERE survey = $1", survey_id)] == [5]
    figures = await fetch_one(
        "SELECT satisfaction_sum, satisfaction_answers FROM customer_figures WHERE customer = $1", asked.ost
    )
    assert tuple(figures or ()) == (5, 1)
    assert await fetch("SELECT 1 FROM alarm WHERE customer = $1 AND withdrawn_at IS NULL", asked.ost) == []
    body = await fetch_value("SELECT body FROM timeline_entry WHERE kind = 'survey' AND customer = $1", asked.ost)
    assert body == "Sehr nett."
    for at in (LATER + EDITABLE, LATER + timedelta(days=40)):
        with pytest.raises(NotFound):
            await open_invitation(token, at)
        with pytest.raises(NotFound):
            await answer_invitation(row.id, BAD, now=at)


async def test_a_link_ends_with_its_time_and_a_forged_one_never_begins(asked: Asked) -> None:
    survey_id = await running(survey(valid_days=3), asked.cast)
    row = await asked_by(survey_id, asked)
    token = await token_of(row)
    assert (await open_invitation(token, LATER)).id == row.id
    after = LATER + timedelta(days=3)
    await sweep_surveys(now=after)
    assert (await invitation(survey_id)).state == "expired"
    for wrong in (
        token,
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        f"{row.id + 1}-" + token.split("-")[1],
        "x",
        "9" * 15 + "-" + "a" * 26,
    ):
        with pytest.raises(NotFound):
            await open_invitation(wrong, after)


async def test_the_link_of_somebody_restricted_leads_nowhere(asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast)
    row = await asked_by(survey_id, asked)
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", asked.ost_person, LATER)
    with pytest.raises(NotFound):
        await open_invitation(await token_of(row), LATER)


async def test_a_withdrawn_consent_ends_the_asking(asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast)
    await record_event(
        person_id=asked.ost_person, purpose="survey", channel="email", event=ConsentEventKind.WITHDRAWN,
        source=ConsentSource.PREFERENCE_PAGE, wording_version=None, by=None, now=NOW,
    )  # fmt: skip
    await solved(asked.ost, asked.ost_person, NOW + timedelta(hours=1))
    await sweep_surveys(now=LATER)
    assert (await invitation(survey_id)).reason == "no_basis"


async def test_answered_questions_keep_the_words_that_were_seen(asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast)
    row = await asked_by(survey_id, asked)
    new = Question(QuestionKind.CSAT, "Wie zufrieden sind Sie heute?", "How satisfied are you today?")
    also = Question(QuestionKind.TEXT, "Was fehlt?", "What is missing?")
    await change_survey(survey_id, survey(questions=(new, also)), 2, by=asked.cast.eva.id, now=LATER)
    await answer_invitation(row.id, GOOD, now=LATER)
    await type_in(
        survey_id,
        Given({0: 3}, {1: "Parkplätze"}),
        at_on=LATER.date(),
        customer_id=None,
        by=asked.cast.ali.id,
        now=LATER,
    )
    results = await results_of(await survey_for(survey_id), zone.get(), "de")
    assert [(one.question.text_de, one.total.n, one.texts) for one in results.questions] == [
        ("Wie zufrieden sind Sie heute?", 1, []), ("Wie zufrieden waren Sie?", 1, []), ("Was fehlt?", 0, ["Parkplätze"]),
    ]  # fmt: skip
    other = survey(questions=(Question(QuestionKind.NPS, "Empfehlen Sie uns?", "Recommend us?"),))
    with pytest.raises(Invalid):
        await change_survey(survey_id, other, 3, by=asked.cast.eva.id, now=LATER)


async def test_an_anonymous_answer_leads_to_nobody_and_small_groups_are_nowhere(asked: Asked) -> None:
    survey_id = await running(survey(is_anonymous=True), asked.cast)
    row = await asked_by(survey_id, asked)
    await answer_invitation(row.id, BAD, now=LATER)
    kept = await invitation(survey_id)
    assert (kept.state, kept.answered_at, kept.response) == ("answered", None, None)
    assert await fetch("SELECT 1 FROM survey_answer WHERE survey = $1", survey_id) == []
    assert await fetch("SELECT 1 FROM ticket WHERE kind = 'complaint'") == []
    assert await fetch("SELECT 1 FROM timeline_entry WHERE kind = 'survey'") == []
    response = await fetch_one("SELECT at, by_user FROM survey_response WHERE survey = $1", survey_id)
    assert response is not None
    assert response.at.astimezone(zone.get()).hour == response.at.minute == 0
    line = await survey_for(survey_id)
    assert (line.is_hidden, line.score, await comments_of(line)) == (True, None, [])
    for score in (4, 5, 4, 3):
        await type_in(
            survey_id,
            Given({0: score}, {}),
            at_on=LATER.date(),
            customer_id=asked.west,
            by=asked.cast.ali.id,
            now=LATER,
        )
    answers = await fetch(
        "SELECT customer, person, score, comment FROM survey_answer WHERE survey = $1 ORDER BY score", survey_id
    )
    assert [tuple(one) for one in answers] == [(None, None, score, "") for score in (1, 3, 4, 4, 5)]
    line = await survey_for(survey_id)
    assert (line.answers, line.is_hidden) == (5, False)
    assert [one.text for one in await comments_of(line)] == ["Keiner ging ans Telefon."]
    await type_in(survey_id, Given({0: 2}, {}), at_on=LATER.date(), customer_id=None, by=asked.cast.ali.id, now=LATER)
    assert await fetch_value("SELECT count(*) FROM survey_answer WHERE survey = $1", survey_id) == 6


async def test_staff_are_asked_once_and_never_mixed_with_customers(asked: Asked) -> None:
    cast = asked.cast
    survey_id = await running(survey(audience=Audience.STAFF, occasion=Occasion.NONE), cast)
    assert await ask_staff(survey_id, [cast.ali.id, cast.jonas.id], by=cast.eva.id, now=NOW) == 2
    assert await ask_staff(survey_id, [cast.ali.id], by=cast.eva.id, now=NOW) == 0
    told = await fetch("SELECT \"user\" AS u, link FROM notification WHERE kind = 'survey_asked'")
    assert {(one.u, one.link) for one in told} == {
        (each.id, f"/surveys/{survey_id}/answer") for each in (cast.ali, cast.jonas)
    }
    mine = await fetch_value(
        'SELECT id FROM survey_invitation WHERE survey = $1 AND "user" = $2', survey_id, cast.ali.id
    )
    await answer_invitation(mine, BAD, now=LATER)
    assert await fetch("SELECT 1 FROM survey_answer") == []
    line = await survey_for(survey_id)
    assert (line.rate.asked, line.rate.answered, line.answers) == (2, 1, 1)
    with pytest.raises(Invalid):
        await ask_staff(survey_id, [], by=cast.eva.id, now=NOW)
    with pytest.raises(RuleBroken):
        await ask_staff(await running(survey(), cast), [cast.ali.id], by=cast.eva.id, now=NOW)


async def test_paper_answers_count_without_a_response_rate(asked: Asked) -> None:
    survey_id = await running(survey(occasion=Occasion.NONE), asked.cast)
    await type_in(survey_id, BAD, at_on=NOW.date(), customer_id=asked.ost, by=asked.cast.ali.id, now=LATER)
    old = (NOW - timedelta(days=30)).date()
    await type_in(survey_id, BAD, at_on=old, customer_id=asked.west, by=asked.cast.ali.id, now=LATER)
    line = await survey_for(survey_id)
    assert (line.rate.asked, line.answers, line.row.on_paper) == (0, 2, 2)
    called = await fetch("SELECT customer FROM ticket WHERE kind = 'complaint'")
    assert [one.customer for one in called] == [asked.ost]
    with pytest.raises(Invalid):
        await type_in(
            survey_id, GOOD, at_on=(NOW + timedelta(days=1)).date(), customer_id=None, by=asked.cast.ali.id, now=LATER
        )


async def test_each_person_reads_their_own_language(asked: Asked) -> None:
    survey_id = await running(survey(intro_en="Thank you for choosing us.", questions=(HOW_SATISFIED,)), asked.cast)
    smith, person = await private_person("Smith", "smith@kunde.example", asked.cast, "en")
    await agree(person, asked.cast)
    await solved(smith, person, NOW + timedelta(hours=1))
    await sweep_surveys(now=LATER)
    mail = await fetch_one("SELECT subject, text, language FROM outbox_message WHERE purpose = 'survey'")
    assert mail is not None
    assert "How satisfied were you?" in mail.subject
    assert "Thank you for choosing us." in mail.text
    assert (await invitation(survey_id)).language == mail.language == "en"


async def test_whoever_must_not_be_written_to_is_not_asked_at_the_company_either(asked: Asked) -> None:
    survey_id = await running(survey(days=3), asked.cast)
    await solved(asked.ost, asked.ost_person, NOW + timedelta(minutes=10))
    await sweep_surveys(now=LATER)
    await execute(
        "INSERT INTO email_address (customer, address, position) VALUES ($1, 'info@ost.example', 0)", asked.ost
    )
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", asked.ost_person, LATER)
    await sweep_surveys(now=LATER + timedelta(days=3))
    row = await invitation(survey_id)
    assert (row.state, row.reason) == ("left_out", "gone")
    assert await fetch("SELECT 1 FROM outbox_message WHERE purpose = 'survey'") == []


async def test_an_enquiry_without_a_person_is_asked_about_whom_one_may_write_to(asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast)
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", asked.ost_person, NOW)
    await solved(asked.ost, None, NOW + timedelta(minutes=10))
    await sweep_surveys(now=LATER)
    assert (await invitation(survey_id)).person_id is None


async def test_an_enquiry_that_was_opened_again_is_asked_about_after_its_second_solution(asked: Asked) -> None:
    survey_id = await running(survey(days=3), asked.cast)
    ticket = await solved(asked.ost, asked.ost_person, NOW + timedelta(hours=1))
    await sweep_surveys(now=LATER)
    await execute("UPDATE ticket SET status = 'open', solved_at = NULL WHERE id = $1", ticket)
    due = LATER + timedelta(days=3)
    await sweep_surveys(now=due)
    assert await fetch("SELECT 1 FROM survey_invitation") == []
    await execute("UPDATE ticket SET status = 'solved', solved_at = $2 WHERE id = $1", ticket, due)
    await sweep_surveys(now=due + timedelta(hours=1))
    assert (await invitation(survey_id)).due_at == due + timedelta(days=3)
    await sweep_surveys(now=due + timedelta(days=3))
    assert (await invitation(survey_id)).state == "sent"


async def test_a_second_solution_before_its_time_is_waited_for(asked: Asked) -> None:
    survey_id = await running(survey(days=3), asked.cast)
    ticket = await solved(asked.ost, asked.ost_person, NOW + timedelta(hours=1))
    await sweep_surveys(now=LATER)
    again = LATER + timedelta(days=2)
    await execute("UPDATE ticket SET solved_at = $2 WHERE id = $1", ticket, again)
    await sweep_surveys(now=LATER + timedelta(days=3))
    row = await invitation(survey_id)
    assert (row.state, row.due_at) == ("waiting", again + timedelta(days=3))


async def test_an_order_that_was_cancelled_meanwhile_is_not_asked_about(asked: Asked) -> None:
    await running(survey(occasion=Occasion.DELIVERED, days=3), asked.cast)
    order = await fetch_value(
        "INSERT INTO customer_order (customer, number, ordered_on, amount, status, delivered_on, created_at) "
        "VALUES ($1, 'A-78', $2, 100, 'delivered', $2, $3) RETURNING id",
        asked.ost, NOW.date(), NOW,
    )  # fmt: skip
    await sweep_surveys(now=LATER + timedelta(hours=2))
    await execute("UPDATE customer_order SET status = 'cancelled' WHERE id = $1", order)
    await sweep_surveys(now=LATER + timedelta(days=4))
    assert await fetch("SELECT 1 FROM survey_invitation") == []


async def test_an_erased_customer_still_counts_and_says_nothing(asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast)
    row = await asked_by(survey_id, asked)
    await answer_invitation(row.id, GOOD, now=LATER)
    await execute("UPDATE customer SET deleted_at = $2, erased_at = $2 WHERE id = $1", asked.ost, LATER)
    line = await survey_for(survey_id)
    assert line.answers == 1
    assert [one.total.n for one in (await results_of(line, zone.get(), "de")).questions] == [1]
    assert await comments_of(line) == []


async def test_paper_answers_the_questions_that_were_seen_and_never_for_staff(asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast)
    sheet = {"at_on": LATER.date(), "customer_id": None, "by": asked.cast.ali.id, "now": LATER}
    await type_in(survey_id, GOOD, seen=1, **sheet)
    await execute("UPDATE survey SET questions = 2 WHERE id = $1", survey_id)
    with pytest.raises(Invalid, match="inzwischen geändert"):
        await type_in(survey_id, GOOD, seen=1, **sheet)
    among_staff = await running(survey(audience=Audience.STAFF, occasion=Occasion.NONE), asked.cast)
    with pytest.raises(RuleBroken):
        await type_in(among_staff, GOOD, **sheet)
    assert await fetch_value("SELECT count(*) FROM survey_response") == 1


async def test_two_versions_of_a_survey_are_compared_in_words(asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast)
    await execute("UPDATE survey SET version = 5 WHERE id = $1", survey_id)
    mine = survey(
        touchpoint="delivery", at_night=True, questions=(Question(QuestionKind.CSAT, "Zufrieden?", "Satisfied?"),)
    )
    with pytest.raises(Conflict) as refused:
        await change_survey(survey_id, mine, 1, by=asked.cast.eva.id, now=LATER)
    told = {one.field: (one.theirs, one.mine) for one in refused.value.differences}
    assert told["at_night"] == ("nein", "ja")
    assert told["touchpoint"][0] == "Hotline"
    assert told["questions"][1] == "Zufrieden? / Satisfied? (Zufriedenheit (1 bis 5))"


async def test_a_voluntary_answer_can_be_taken_back(asked: Asked) -> None:
    both = (HOW_SATISFIED, Question(QuestionKind.CSAT, "Und die Lieferung?", "And the delivery?"))
    survey_id = await running(survey(questions=both), asked.cast)
    row = await asked_by(survey_id, asked)
    await answer_invitation(row.id, Given({0: 5, 1: 3}, {}), now=LATER)
    await answer_invitation(row.id, Given({0: 5}, {}), now=LATER + timedelta(minutes=5))
    assert [one.score for one in await fetch("SELECT score FROM survey_answer")] == [5]
    assert (
        await fetch_value("SELECT count(*) FROM timeline_entry WHERE kind = 'survey' AND customer = $1", asked.ost) == 1
    )
    figures = await fetch_one(
        "SELECT satisfaction_sum, satisfaction_answers FROM customer_figures WHERE customer = $1", asked.ost
    )
    assert figures is not None
    assert (figures.satisfaction_sum, figures.satisfaction_answers) == (5, 1)


async def test_anonymous_answers_count_together_on_the_first_day_of_their_month(asked: Asked) -> None:
    survey_id = await running(survey(is_anonymous=True), asked.cast)
    for day in (9, 11, 13, 16, 18, 20):
        await type_in(
            survey_id, GOOD, at_on=date(2026, 11, day), customer_id=None, by=asked.cast.ali.id, now=LATER
        )  # fmt: skip
    days = await fetch("SELECT DISTINCT at FROM survey_answer WHERE survey = $1", survey_id)
    assert [row.at for row in days] == [datetime(2026, 11, 1, tzinfo=zone.get())]


async def test_a_question_that_few_have_answered_stays_hidden_beside_one_that_many_have(asked: Asked) -> None:
    questions = (HOW_SATISFIED, Question(QuestionKind.NPS, "Empfehlen Sie uns?", "Recommend us?"))
    survey_id = await running(survey(is_anonymous=True, questions=questions), asked.cast)
    sheet = {"at_on": LATER.date(), "customer_id": None, "by": asked.cast.ali.id, "now": LATER}
    for given in (Given({0: 4, 1: 9}, {}), *[Given({0: 3}, {})] * 4):
        await type_in(survey_id, given, **sheet)
    released = "SELECT metric, count(*) AS n FROM survey_answer WHERE survey = $1 GROUP BY 1 ORDER BY 1"
    assert [tuple(row) for row in await fetch(released, survey_id)] == [("csat", 5)]
    for _sheet in range(4):
        await type_in(survey_id, Given({0: 3, 1: 7}, {}), **sheet)
    assert [tuple(row) for row in await fetch(released, survey_id)] == [("csat", 9), ("nps", 5)]


async def test_a_wording_of_few_answers_is_not_given_away_by_the_other_ones(asked: Asked) -> None:
    survey_id = await running(survey(is_anonymous=True), asked.cast)
    sheet = {"at_on": LATER.date(), "customer_id": None, "by": asked.cast.ali.id, "now": LATER}
    for _sheet in range(4):
        await type_in(survey_id, GOOD, **sheet)
    mine = survey(is_anonymous=True, questions=(Question(QuestionKind.CSAT, "Zufrieden?", "Satisfied?"),))
    await change_survey(survey_id, mine, 2, by=asked.cast.eva.id, now=LATER)
    for _sheet in range(5):
        await type_in(survey_id, GOOD, **sheet)
    found = (await results_of(await survey_for(survey_id), zone.get(), "de")).questions
    assert [(one.question.version, one.total.is_hidden) for one in found] == [(2, True), (1, True)]
