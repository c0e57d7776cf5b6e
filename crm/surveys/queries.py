"""The reads of surveys: the list, one with its questions, results, comments and who was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from crm.database import HIGHEST_ID, Row, fetch, fetch_one, fetch_value
from crm.errors import NotFound
from crm.surveys.rates import ASKED, rates_within
from crm.surveys.results import (
    HIDDEN_BELOW,
    Cell,
    Group,
    Rate,
    RatedGroup,
    grouped,
    hidden_groups,
    score_of,
    tally,
    with_rates,
)
from crm.touchpoints.queries import COUNTED, OPEN
from crm.touchpoints.statistics import Estimate
from crm.web.paging import cursor_of, keys_of

PAGE = 50
COMMENTS = 30

_RATE = f"""(SELECT jsonb_build_array(count(*) FILTER (WHERE g.is_asked), count(*) FILTER (WHERE g.is_asked AND g.state = 'answered'),
    count(*) FILTER (WHERE g.state = 'waiting'))::text FROM (
        SELECT i.state, {ASKED} AS is_asked FROM survey_invitation i WHERE i.survey = o.id) g)"""
# Response r, whose answers may be listed (OPEN) or count (COUNTED, as in all reports).
_SHOWN = f"""(NOT EXISTS (SELECT FROM survey_answer x WHERE x.response = r.id) OR s.is_anonymous
    OR EXISTS (SELECT FROM survey_answer x WHERE x.response = r.id {OPEN}))"""
_IN_COUNT = f"""(NOT EXISTS (SELECT FROM survey_answer x WHERE x.response = r.id) OR s.is_anonymous
    OR EXISTS (SELECT FROM survey_answer x WHERE x.response = r.id {COUNTED}))"""
# Every answer by number. Those of customers stand among all answers of customers; of anonymous ones only large groups do, so
# these are read where they were given.
_SCORES = f"""
    SELECT x.question, x.score, x.touchpoint, x.at, x.survey FROM survey_answer x JOIN survey s ON s.id = x.survey
    WHERE {{which}} AND NOT s.is_anonymous {COUNTED}
    UNION ALL
    SELECT y.question, y.score, r.touchpoint, r.at, r.survey FROM survey_response r JOIN survey s ON s.id = r.survey
    JOIN survey_reply y ON y.response = r.id AND y.question IS NOT NULL AND y.score IS NOT NULL WHERE {{which}} AND {_IN_COUNT}
"""
_SURVEYS = f"""
    SELECT o.*, t.name_de, t.name_en, t.code AS touchpoint_code, q.kind, {_RATE} AS rate,
        (SELECT count(*) FROM survey_response r WHERE r.survey = o.id AND r.source = 'paper') AS on_paper,
        (SELECT coalesce(jsonb_object_agg(z.score, z.n), '{{{{}}}}')::text FROM (
            SELECT g.score, count(*) AS n FROM ({_SCORES.format(which="s.id = o.id")}) g
            JOIN survey_question h ON h.id = g.question AND h.position = 0 GROUP BY 1) z) AS scores
    FROM survey o LEFT JOIN touchpoint t ON t.id = o.touchpoint
    LEFT JOIN survey_question q ON q.survey = o.id AND q.version = o.questions AND q.position = 0
    WHERE {{which}} ORDER BY o.status = 'ended', o.id DESC LIMIT $1
"""


_ONE = """
    SELECT s.*, t.name_de, t.name_en, t.code AS touchpoint_code, q.kind FROM survey s LEFT JOIN touchpoint t ON t.id = s.touchpoint
    LEFT JOIN survey_question q ON q.survey = s.id AND q.version = s.questions AND q.position = 0 WHERE s.id = $1
"""


@dataclass(frozen=True, slots=True)
class SurveyLine:
    """A survey of the list with its response rate and the score of its first question; no score while it is hidden."""

    row: Row
    rate: Rate
    waiting: int
    score: Estimate | None
    answers: int
    is_hidden: bool


async def surveys(cursor: str | None = None, limit: int = PAGE) -> tuple[list[SurveyLine], str | None]:
    """Those that go on first, the newest on top. One statement."""
    keys = keys_of(cursor, bool, int)
    which = "(o.status = 'ended', -o.id) > ($2, $3)" if keys else "true"
    rows = await fetch(_SURVEYS.format(which=which), limit + 1, *((keys[0], -keys[1]) if keys else ()))
    shown = rows[:limit]
    more = cursor_of(shown[-1].status == "ended", shown[-1].id) if len(rows) > limit else None
    return [_line(row) for row in shown], more


async def survey_for(survey_id: int) -> SurveyLine:
    """One survey, which all staff may see. Raises NotFound."""
    rows = await fetch(_SURVEYS.format(which="o.id = $2"), 1, survey_id) if 0 < survey_id <= HIGHEST_ID else []
    if not rows:
        raise NotFound()
    return _line(rows[0])


async def survey_row(survey_id: int) -> Row:
    """One survey alone, without counting its answers: for forms and answer pages. Raises NotFound."""
    row = await fetch_one(_ONE, survey_id) if 0 < survey_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return row


def _line(row: Row) -> SurveyLine:
    asked, answered, waiting = msgspec.json.decode(row.rate)
    answers = {int(score): n for score, n in msgspec.json.decode(row.scores).items()}
    total = sum(answers.values())
    is_hidden = row.is_anonymous and 0 < total < HIDDEN_BELOW
    score = None if is_hidden or not answers else score_of(row.kind, answers)
    return SurveyLine(row, Rate(asked, answered), waiting, score, total, is_hidden)


async def questions_of(survey_id: int, version: int) -> list[Row]:
    """The questions of one version, in their order."""
    return await fetch(
        "SELECT id, position, kind, text_de, text_en FROM survey_question WHERE survey = $1 AND version = $2 ORDER BY position",
        survey_id, version,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """What was answered to one wording of a question; `texts` are answers in own words."""

    question: Row
    total: Group
    texts: list[str]


@dataclass(frozen=True, slots=True)
class Results:
    """The answers of a survey: to each question, and to the first one by touchpoint and by month (the oldest first), each with its
    response rate."""

    questions: list[QuestionResult]
    by_touchpoint: list[RatedGroup]
    by_month: list[RatedGroup]


_CELLS = f"""
    SELECT g.question, g.touchpoint, date_trunc('month', g.at AT TIME ZONE $2)::date AS month, g.score, count(*)::int AS n
    FROM ({_SCORES.format(which="s.id = $1")}) g GROUP BY 1, 2, 3, 4 ORDER BY 3, 2, 4
"""
_TEXTS = f"""
    SELECT y.question, y.text FROM survey_response r JOIN survey s ON s.id = r.survey JOIN survey_reply y ON y.response = r.id
    WHERE s.id = $1 AND y.question IS NOT NULL AND y.text <> '' AND {_SHOWN} ORDER BY y.id DESC LIMIT 200
"""


async def results_of(line: SurveyLine, zone: ZoneInfo, language: str) -> Results:
    """Five statements, however many answers there are."""
    survey_id, is_anonymous = line.row.id, line.row.is_anonymous
    cells = [Cell(*row) for row in await fetch(_CELLS, survey_id, zone.key)]
    texts = await fetch(_TEXTS, survey_id)
    asked = await fetch(
        "SELECT id, version, position, kind, text_de, text_en FROM survey_question WHERE survey = $1 ORDER BY position, version DESC",
        survey_id,
    )
    first = {one.id for one in asked if one.position == 0}
    asked_there, asked_then = await rates_within(survey_id, zone)
    places = {cell.touchpoint for cell in cells} | set(asked_there)
    names = await _names([place for place in places if place is not None], language)
    by_question = tally(cells, ["question"])
    hidden = _hidden_wordings(asked, by_question) if is_anonymous else frozenset()
    responses = sum(cell.n for cell in cells if cell.question in first)
    of_first = [cell for cell in cells if cell.question in first]
    kind = line.row.kind
    touchpoints = grouped(kind, tally(of_first, ["touchpoint"]), is_anonymous=is_anonymous)
    months = grouped(kind, tally(of_first, ["month"]), is_anonymous=is_anonymous)
    found = []
    for one in asked:
        said = [row.text for row in texts if row.question == one.id]
        if one.version != line.row.questions and one.id not in by_question and not said:
            continue
        answers = by_question.get(one.id, {})
        is_hidden = one.id in hidden
        total = Group(
            one.id, {} if is_hidden else answers, None if is_hidden else score_of(one.kind, answers), is_hidden
        )
        if is_anonymous and responses < HIDDEN_BELOW:
            said = []
        found.append(QuestionResult(one, total, said))
    by_month = with_rates(months, asked_then, {}, is_anonymous=is_anonymous)
    return Results(
        found, with_rates(touchpoints, asked_there, names, is_anonymous=is_anonymous), sorted(by_month, key=lambda one: one.group.key)
    )  # fmt: skip


def _hidden_wordings(asked: Sequence[Row], by_question: Mapping[int, Mapping[int, int]]) -> frozenset[int]:
    """The wordings of an anonymous survey that are not shown, those of one question together: the figure of all of them is known."""
    places: dict[int, dict[int, int]] = {}
    for one in asked:
        places.setdefault(one.position, {})[one.id] = sum(by_question.get(one.id, {}).values())
    return frozenset().union(*map(hidden_groups, places.values()))


async def _names(ids: Sequence[int], language: str) -> dict[int | None, str]:
    rows = await fetch(
        f"SELECT id, name_{'de' if language == 'de' else 'en'} AS name FROM touchpoint WHERE id = ANY($1::bigint[])",
        list(set(ids)),
    )
    return {row.id: row.name for row in rows}


_COMMENTS = f"""
    SELECT z.* FROM (
        SELECT x.id, x.comment AS text, x.score, x.metric AS kind, x.at, x.customer, c.name AS customer_name, r.ticket, r.source
        FROM survey_answer x JOIN survey s ON s.id = x.survey LEFT JOIN customer c ON c.id = x.customer
        LEFT JOIN survey_response r ON r.id = x.response
        WHERE s.id = $1 AND NOT s.is_anonymous AND x.comment <> '' {OPEN}
        UNION ALL
        SELECT y.id, y.text, f.score, q.kind, CASE WHEN s.is_anonymous THEN NULL ELSE r.at END, NULL, NULL, NULL, r.source
        FROM survey_response r JOIN survey s ON s.id = r.survey JOIN survey_reply y ON y.response = r.id AND y.question IS NULL
        LEFT JOIN survey_question q ON q.survey = s.id AND q.version = r.questions AND q.position = 0
        LEFT JOIN survey_reply f ON f.response = r.id AND f.question = q.id AND NOT s.is_anonymous
        WHERE s.id = $1 AND y.text <> '' AND {_SHOWN}
    ) z ORDER BY z.at DESC NULLS LAST, z.id DESC LIMIT $2
"""


async def comments_of(line: SurveyLine, limit: int = COMMENTS) -> list[Row]:
    """The newest comments; of an anonymous survey without a date, an answer or anybody, and none before there are five answers."""
    return [] if line.is_hidden else await fetch(_COMMENTS, line.row.id, limit)


async def left_out_of(survey_id: int) -> list[Row]:
    """How many were not asked, by reason."""
    return await fetch(
        "SELECT reason, count(*) AS n FROM survey_invitation WHERE survey = $1 AND state = 'left_out' GROUP BY 1 ORDER BY 2 DESC, 1",
        survey_id,
    )  # fmt: skip


async def staff_to_ask(survey_id: int) -> list[Row]:
    """The colleagues who work here, and whether they were asked."""
    return await fetch(
        'SELECT u.id, u.name, EXISTS (SELECT FROM survey_invitation i WHERE i.survey = $1 AND i."user" = u.id) AS is_asked '
        "FROM staff u WHERE u.deactivated_at IS NULL ORDER BY lower(u.name), u.id",
        survey_id,
    )


async def open_to(user_id: int, now: datetime) -> list[Row]:
    """The surveys that a member of staff was asked in and has not answered yet."""
    return await fetch(
        'SELECT s.id, s.name FROM survey_invitation i JOIN survey s ON s.id = i.survey WHERE i."user" = $1 AND i.state = \'sent\' '
        "AND i.expires_at > $2 ORDER BY i.id",
        user_id, now,
    )  # fmt: skip


async def touchpoint_options(language: str, kept: str = "") -> list[tuple[str, str]]:
    """The touchpoints that can be chosen, with their codes; `kept` (a code) is the one that is chosen already, retired or not."""
    rows = await fetch(
        f"SELECT t.code, t.name_{'de' if language == 'de' else 'en'} AS name FROM touchpoint t JOIN phase p ON p.id = t.phase "
        "WHERE t.state <> 'retired' OR t.code = $1 ORDER BY p.position, p.id, t.position, t.id",
        kept,
    )
    return [(row.code, row.name) for row in rows]


async def invitation_named(invitation_id: int, *, lock: bool = False) -> Row | None:
    """An invitation with its survey, as the answer page needs both."""
    if not 0 < invitation_id <= HIGHEST_ID:
        return None
    return await fetch_one(
        "SELECT i.*, s.name, s.audience, s.is_anonymous, s.low, s.status, s.intro_de, s.intro_en, s.valid_days "
        f"FROM survey_invitation i JOIN survey s ON s.id = i.survey WHERE i.id = $1{' FOR UPDATE OF i' if lock else ''}",
        invitation_id,
    )  # fmt: skip


async def staff_invitation(survey_id: int, user_id: int) -> Row | None:
    """The invitation of a member of staff to this survey."""
    if not 0 < survey_id <= HIGHEST_ID:
        return None
    found = await fetch_value('SELECT id FROM survey_invitation WHERE survey = $1 AND "user" = $2', survey_id, user_id)
    return await invitation_named(int(found)) if found is not None else None


async def given_before(response_id: int) -> tuple[dict[int, int], dict[int, str], str]:
    """What was answered in a response, by position: scores, texts, and the comment."""
    rows = await fetch(
        "SELECT q.position, a.score, '' AS text, a.comment FROM survey_answer a JOIN survey_question q ON q.id = a.question "
        "WHERE a.response = $1 UNION ALL SELECT q.position, y.score, y.text, CASE WHEN q.id IS NULL THEN y.text ELSE '' END "
        "FROM survey_reply y LEFT JOIN survey_question q ON q.id = y.question WHERE y.response = $1",
        response_id,
    )
    scores = {row.position: row.score for row in rows if row.position is not None and row.score is not None}
    texts = {row.position: row.text for row in rows if row.position is not None and row.text}
    return scores, texts, next((row.comment for row in rows if row.comment), "")


async def customers_numbered(numbers: Sequence[str]) -> dict[str, int]:
    """The ids of the customers with these numbers, as far as there are some whom staff may see."""
    rows = await fetch(
        "SELECT number, id FROM customer WHERE number = ANY($1::text[]) AND deleted_at IS NULL AND restricted_at IS NULL",
        list(set(numbers)),
    )
    return {row.number: row.id for row in rows}
