"""The verbs about a survey itself: write it down, change it, start, pause and end it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from crm.accounts.audit import changes, record
from crm.database import HIGHEST_ID, Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound, RuleBroken
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.surveys.actions import touchpoint_id
from crm.surveys.forms import Question, SurveyData
from crm.surveys.queries import questions_of
from crm.surveys.tables import Audience, SurveyStatus
from crm.surveys.words import AUDIENCES, KINDS, LABELS, OCCASIONS
from crm.web.i18n import _, local_name, word

FIELDS = (
    "name", "audience", "occasion", "days", "is_anonymous", "limit_days", "valid_days", "low", "at_night", "intro_de", "intro_en",
)  # fmt: skip
FIXED = ("audience", "occasion", "is_anonymous")
"""What does not change any more once it has been started: people were asked on these terms."""


async def create_survey(data: SurveyData, *, by: int | None, now: datetime) -> int:
    """A draft; answers its id. Raises Invalid for an unknown touchpoint."""
    async with transaction():
        places = ", ".join(f"${number}" for number in range(5, len(FIELDS) + 5))
        survey_id = await fetch_value(
            "INSERT INTO survey (touchpoint, created_by, created_at, status, changed_by, changed_at, questions, version, "
            f"{', '.join(FIELDS)}) "
            f"VALUES ($1, $2, $3, $4, $2, $3, 1, 1, {places}) RETURNING id",
            await touchpoint_id(data.touchpoint), by, now, SurveyStatus.DRAFT.value, *_stored(data).values(),
        )  # fmt: skip
        await _write_questions(int(survey_id), 1, data.questions)
        await record("survey.drafted", "survey", survey_id, by=by, now=now, fields={"name": data.name})
        return int(survey_id)


async def change_survey(survey_id: int, data: SurveyData, version: int, *, by: int, now: datetime) -> None:
    """Save what was changed. Questions that somebody may have seen stay as they were, and the new ones are asked from now on.

    Raises RuleBroken for one that has ended, Invalid for what must not change once it was started, Conflict if somebody else saved it
    meanwhile."""
    async with transaction():
        row = await _locked(survey_id)
        if row.status == SurveyStatus.ENDED:
            raise RuleBroken(_("This survey has ended. Write down a new one."))
        before = await questions_of(survey_id, row.questions)
        if row.started_at is not None:
            _demand_same_terms(row, before, data)
        stored = _stored(data)
        if row.version != version:
            raise await _conflict(row, before, data)
        number = await _new_version(row, before, data)
        await execute(
            f"UPDATE survey SET {', '.join(f'{name} = ${place}' for place, name in enumerate(FIELDS, 6))}, touchpoint = $2, "
            "changed_by = $3, changed_at = $4, questions = $5, version = version + 1 WHERE id = $1",
            survey_id, await touchpoint_id(data.touchpoint), by, now, number, *stored.values(),
        )  # fmt: skip
        told = changes({"name": row.name, "questions": row.questions}, {"name": data.name, "questions": number})
        await record("survey.changed", "survey", survey_id, by=by, now=now, fields=told)


def _demand_same_terms(row: Row, before: Sequence[Row], data: SurveyData) -> None:
    stored = _stored(data)
    sentence = _(
        "People have been asked on these terms: this stays as it is. End this survey and write down a new one."
    )
    errors = {name: sentence for name in FIXED if row[name] != stored[name]}
    if before and before[0].kind != data.questions[0].kind:
        errors["q0_kind"] = _("The scale of the first question stays: answers on another one cannot be compared.")
    if errors:
        raise Invalid(errors)


async def _conflict(row: Row, before: Sequence[Row], data: SurveyData) -> Conflict:
    """What differs, in the words of the form."""
    touchpoints = {
        one.id: one
        for one in await fetch(
            "SELECT id, code, name_de, name_en FROM touchpoint WHERE id = $1 OR code = $2",
            row.touchpoint, data.touchpoint.replace("\x00", ""),
        )
    }  # fmt: skip
    names = {one.code: local_name(one) for one in touchpoints.values()}
    stored = {name: row[name] for name in FIELDS} | {
        "touchpoint": touchpoints[row.touchpoint].code if row.touchpoint else "",
        "questions": [(one.kind, one.text_de, one.text_en) for one in before],
    }
    wanted = _stored(data) | {
        "touchpoint": data.touchpoint,
        "questions": [(one.kind.value, one.text_de, one.text_en) for one in data.questions],
    }
    differing = [
        Difference(name, _(LABELS[name]), _shown(name, stored[name], names), _shown(name, value, names))
        for name, value in wanted.items()
        if stored[name] != value
    ]
    return Conflict(_("Somebody changed this survey while you were working on it."), differing, row.version)


def _shown(name: str, value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "questions":
        return "; ".join(f"{de} / {en} ({word(KINDS, kind)})" for kind, de, en in value)
    if name == "touchpoint":
        return names.get(value, value) or "–"
    choices = {"audience": AUDIENCES, "occasion": OCCASIONS}.get(name)
    return word(choices, value) if choices else str(value) or "–"


async def _new_version(row: Row, before: Sequence[Row], data: SurveyData) -> int:
    """The number under which the questions are kept; a draft's are written over, since nobody has seen them."""
    if [(one.kind, one.text_de, one.text_en) for one in before] == [
        (one.kind.value, one.text_de, one.text_en) for one in data.questions
    ]:
        return int(row.questions)
    if row.started_at is None:
        await execute("DELETE FROM survey_question WHERE survey = $1", row.id)
        number = int(row.questions)
    else:
        number = int(row.questions) + 1
    await _write_questions(row.id, number, data.questions)
    return number


async def _write_questions(survey_id: int, number: int, questions: Sequence[Question]) -> None:
    await execute(
        "INSERT INTO survey_question (survey, version, position, kind, text_de, text_en) "
        "SELECT $1, $2, n - 1, kind, de, en FROM unnest($3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS x(kind, de, en, n)",
        survey_id, number, [one.kind.value for one in questions], [one.text_de for one in questions],
        [one.text_en for one in questions],
    )  # fmt: skip


async def start_survey(survey_id: int, *, by: int | None, now: datetime) -> None:
    """From now on people are asked about what happens; what lies before is not asked about. Raises RuleBroken unless it is a draft."""
    await _turn(survey_id, (SurveyStatus.DRAFT,), SurveyStatus.RUNNING, "survey.started", "started_at = $4", by, now)


async def pause_survey(survey_id: int, *, by: int, now: datetime) -> None:
    """Nobody is asked for a while; whoever was asked can still answer."""
    await _turn(survey_id, (SurveyStatus.RUNNING,), SurveyStatus.PAUSED, "survey.paused", "", by, now)


async def resume_survey(survey_id: int, *, by: int, now: datetime) -> None:
    await _turn(survey_id, (SurveyStatus.PAUSED,), SurveyStatus.RUNNING, "survey.resumed", "", by, now)


async def end_survey(survey_id: int, *, by: int, now: datetime) -> None:
    """Nobody is asked any more, and links that were sent work until their time is up."""
    async with transaction():
        going = (SurveyStatus.RUNNING, SurveyStatus.PAUSED)
        await _turn(survey_id, going, SurveyStatus.ENDED, "survey.ended", "ended_at = $4", by, now)
        await execute(
            "UPDATE survey_invitation SET state = 'left_out', reason = 'ended' WHERE survey = $1 AND state = 'waiting'",
            survey_id,
        )


async def discard_survey(survey_id: int, *, by: int, now: datetime) -> None:
    """Throw a draft away. Raises RuleBroken for one that was started."""
    async with transaction():
        row = await _locked(survey_id)
        if row.status != SurveyStatus.DRAFT:
            raise RuleBroken(_("Only a draft can be thrown away. End this survey instead: its answers stay."))
        await execute("DELETE FROM survey WHERE id = $1", survey_id)
        await record("survey.discarded", "survey", survey_id, by=by, now=now, fields={"name": row.name})


async def ask_staff(survey_id: int, user_ids: Sequence[int], *, by: int, now: datetime) -> int:
    """Ask these colleagues: each is told once and answers after logging in; how many were asked anew.

    Raises RuleBroken for a survey that isn't running or asks customers, Invalid for nobody and for colleagues who have left."""
    async with transaction():
        row = await _locked(survey_id)
        if row.audience != Audience.STAFF or row.status != SurveyStatus.RUNNING:
            raise RuleBroken(_("Start the survey first: it has to be running, and for staff."))
        wanted = sorted({one for one in user_ids if 0 < one <= HIGHEST_ID})
        there = await fetch("SELECT id FROM staff WHERE id = ANY($1::bigint[]) AND deactivated_at IS NULL", wanted)
        if not wanted or len(there) != len(wanted):
            raise Invalid({"user_ids": _("Choose colleagues who work here.")})
        asked = await fetch(
            'INSERT INTO survey_invitation (survey, event, "user", touchpoint, language, questions, state, reason, address, due_at, '
            "sent_at, expires_at) SELECT $1, 'user ' || s.id, s.id, $3, s.language, $4, 'sent', '', '', $5, $5, $6 FROM staff s "
            'WHERE s.id = ANY($2::bigint[]) ON CONFLICT (survey, event) DO NOTHING RETURNING "user" AS user_id',
            survey_id, wanted, row.touchpoint, row.questions, now, now + timedelta(days=row.valid_days),
        )  # fmt: skip
        for one in asked:
            await notify(
                one.user_id, Kind.SURVEY_ASKED, detail={"name": row.name}, link=f"/surveys/{survey_id}/answer", now=now,
                dedupe_key=f"survey {survey_id} {one.user_id}",
            )  # fmt: skip
        await record("survey.staff_asked", "survey", survey_id, by=by, now=now, fields={"number": len(asked)})
        return len(asked)


async def _turn(
    survey_id: int, before: Sequence[SurveyStatus], after: SurveyStatus, action: str, also: str, by: int | None, now: datetime
) -> None:  # fmt: skip
    async with transaction():
        assignments = f"status = $3, changed_at = $4, version = version + 1{', ' + also if also else ''}"
        changed = await fetch_value(
            f"UPDATE survey SET {assignments} WHERE id = $1 AND status = ANY($2) RETURNING id",
            survey_id, [one.value for one in before], after.value, now,
        )  # fmt: skip
        if changed is None:
            await _locked(survey_id)
            raise RuleBroken(_("The survey has gone on meanwhile. Please look at where it stands now."))
        await record(action, "survey", survey_id, by=by, now=now)


async def _locked(survey_id: int) -> Row:
    row = None
    if 0 < survey_id <= HIGHEST_ID:
        row = await fetch_one("SELECT * FROM survey WHERE id = $1 FOR UPDATE", survey_id)
    if row is None:
        raise NotFound()
    return row


def _stored(data: SurveyData) -> dict[str, Any]:
    return {name: getattr(value := getattr(data, name), "value", value) for name in FIELDS}
