"""The reads of approved answers: what is served, the catalogue, one answer with its versions, the settings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.tickets.answers.matching import Matcher, Variant
from crm.web.formats import local
from crm.web.i18n import LANGUAGES

SERVED = """
    a.retired_at IS NULL AND (v.expires_on IS NULL OR v.expires_on >= {today})
"""
"""Whether the approved version `v` of the answer `a` may be shown and sent on a day."""

_SERVED = f"""
    SELECT a.id, a.is_automatic, a.is_published, v.number, v.title_{{language}} AS title, v.questions_{{language}} AS questions,
        v.text_{{language}} AS text, v.topic AS topic_id, t.code AS topic, t.name_de, t.name_en
    FROM approved_answer a JOIN answer_version v ON v.answer = a.id AND v.number = a.approved_version
    LEFT JOIN topic t ON t.id = v.topic
    WHERE {SERVED.format(today="$1")} AND v.text_{{language}} <> ''
    ORDER BY t.position NULLS LAST, v.title_{{language}}, a.id
"""

_ALL = """
    SELECT a.*, v.title_de, v.title_en, v.text_de <> '' AS has_german, v.text_en <> '' AS has_english, v.topic, t.name_de, t.name_en,
        w.expires_on, w.expires_on < $1 AS is_expired,
        (SELECT count(*) FROM automatic_answer x WHERE x.answer = a.id) AS sent,
        (SELECT count(*) FROM automatic_answer x WHERE x.answer = a.id AND x.ended_at IS NOT NULL) AS reopened
    FROM approved_answer a JOIN answer_version v ON v.answer = a.id AND v.number = a.version
    LEFT JOIN answer_version w ON w.answer = a.id AND w.number = coalesce(a.approved_version, a.version)
    LEFT JOIN topic t ON t.id = v.topic
    WHERE (a.retired_at IS NOT NULL) = $2
    ORDER BY t.position NULLS LAST, v.title_de, a.id
"""

_ONE = """
    SELECT a.*, (SELECT count(*) FROM automatic_answer x WHERE x.answer = a.id) AS sent,
        (SELECT count(*) FROM automatic_answer x WHERE x.answer = a.id AND x.ended_at IS NOT NULL) AS reopened,
        (SELECT count(*) FROM automatic_answer x WHERE x.answer = a.id AND x.settled_at IS NOT NULL AND x.ended_at IS NULL) AS settled
    FROM approved_answer a WHERE a.id = $1
"""

_VERSIONS = """
    SELECT v.*, t.code AS topic_code, t.name_de AS topic_de, t.name_en AS topic_en, u.name AS author, p.name AS approver
    FROM answer_version v LEFT JOIN topic t ON t.id = v.topic JOIN staff u ON u.id = v.by_user LEFT JOIN staff p ON p.id = v.approved_by
    WHERE v.answer = $1 ORDER BY v.number DESC
"""


def today(now: datetime) -> date:
    """The day on the company's calendar."""
    return local(now).date()


async def level_zero() -> Row:
    """The settings of level 0."""
    row = await fetch_one("SELECT is_on, threshold, settled_after_days, is_faq_public, version FROM level_zero")
    assert row is not None
    return row


async def served(language: str, now: datetime) -> list[Row]:
    """The answers that may be shown and sent in a language today, in the order of their topics; none in a language that we do
    not speak."""
    return await fetch(_SERVED.format(language=language), today(now)) if language in LANGUAGES else []


async def all_answers(now: datetime, *, retired: bool = False) -> list[Row]:
    """The catalogue with its figures: in use or retired. `title_*` is of the newest version, `expires_on` of the one in force."""
    return await fetch(_ALL, today(now), retired)


async def answer_named(answer_id: int) -> Row:
    """One answer with its figures. Raises NotFound."""
    row = await fetch_one(_ONE, answer_id) if 0 < answer_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return row


async def versions_of(answer_id: int) -> list[Row]:
    """The texts that an answer has had, the newest first."""
    return await fetch(_VERSIONS, answer_id)


def matcher_of(rows: Iterable[Row], language: str) -> Matcher:
    """The rule that compares messages with the titles and questions of these answers."""
    return Matcher(
        (
            Variant(row.id, text.strip())
            for row in rows
            for text in (row.title, *row.questions.split("\n"))
            if text.strip()
        ),
        language,
    )
