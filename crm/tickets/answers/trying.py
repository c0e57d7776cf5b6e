"""What level 0 would have done: real enquiries of the last days, held against a threshold. Reads only, sends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.database import Row, fetch
from crm.tickets.answers.matching import Candidate, Matcher, Verdict
from crm.tickets.answers.queries import matcher_of, served
from crm.tickets.answers.refusing import Circumstances
from crm.web.i18n import LANGUAGES

LOOKED_BACK = timedelta(days=30)
MOST_TRIED = 500
MOST_SHOWN = 40

_CAME_IN = """
    SELECT k.id, k.subject, k.language, k.opened_at, k.kind = 'question' AS is_plain_question, k.is_moment_of_truth,
        left(m.text, 3000) AS text, c.no_automatic_answers, EXISTS (SELECT FROM message_document d WHERE d.message = m.id) AS has_files,
        EXISTS (SELECT FROM ticket_order o WHERE o.ticket = k.id AND o.refused_at IS NULL) AS names_order
    FROM ticket k JOIN customer c ON c.id = k.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    JOIN LATERAL (SELECT i.id, i.text FROM ticket_message i WHERE i.ticket = k.id AND i.kind = 'inbound' ORDER BY i.at, i.id LIMIT 1) m
        ON true
    WHERE k.opened_at > $1 AND k.opened_by IS NULL AND k.channel IN ('email', 'web')
    ORDER BY k.opened_at DESC LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class Tried:
    """One enquiry: the answer that fits best, and why it would not have been given ("flag": the customer wants none)."""

    id: int
    subject: str
    opened_at: datetime
    best: Candidate
    title: str
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """Of `total` enquiries these would have been answered, and these were close; both by falling score."""

    total: int
    answered: Sequence[Tried]
    close: Sequence[Tried]

    @property
    def share(self) -> float:
        return len(self.answered) / self.total if self.total else 0.0


async def try_threshold(threshold: int, now: datetime) -> Trial:
    """What would have been answered at this threshold in the last 30 days (the newest 500 enquiries by mail or web form)."""
    rows = await fetch(_CAME_IN, now - LOOKED_BACK, MOST_TRIED)
    answers = {language: [one for one in await served(language, now) if one.is_automatic] for language in LANGUAGES}
    return await asyncio.to_thread(_judge, rows, answers, threshold)


def _judge(rows: Sequence[Row], answers: Mapping[str, Sequence[Row]], threshold: int) -> Trial:
    matchers = {language: matcher_of(of_it, language) for language, of_it in answers.items()}
    titles = {(language, one.id): one.title for language, of_it in answers.items() for one in of_it}
    answered: list[Tried] = []
    close: list[Tried] = []
    for row in rows:
        verdict = _verdict(row, matchers)
        if verdict is None or not verdict.candidates:
            continue
        best = verdict.candidates[0]
        refusals = (*verdict.refusals, "flag") if row.no_automatic_answers else verdict.refusals
        tried = Tried(row.id, row.subject, row.opened_at, best, titles[row.language, best.answer_id], refusals)
        (answered if best.score >= threshold and not refusals else close).append(tried)
    for found in (answered, close):
        found.sort(key=lambda one: (-one.best.score, one.id))
    return Trial(len(rows), answered, close[:MOST_SHOWN])


def _verdict(row: Row, matchers: Mapping[str, Matcher]) -> Verdict | None:
    matcher = matchers.get(row.language)
    around = Circumstances(row.has_files, row.is_moment_of_truth, row.is_plain_question, row.names_order)
    return matcher.verdict(row.text, row.subject, around) if matcher else None
