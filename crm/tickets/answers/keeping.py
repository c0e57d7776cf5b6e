"""The verbs that keep answers: draft, change, approve, say what one is used for, retire."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from crm.accounts.audit import changes, record
from crm.database import Row, execute, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound, RuleBroken
from crm.tickets.answers.queries import today
from crm.web.formats import short_date
from crm.web.i18n import N_, _

LABELS = {
    "topic": N_("Topic"), "expires_on": N_("Valid until"), "title_de": N_("Title in German"), "title_en": N_("Title in English"),
    "questions_de": N_("Ways to ask, in German"), "questions_en": N_("Ways to ask, in English"), "text_de": N_("Answer in German"),
    "text_en": N_("Answer in English"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AnswerText:
    """What a version says. `topic` is a code; questions are one per line."""

    topic: str
    expires_on: date | None
    title_de: str = ""
    title_en: str = ""
    questions_de: str = ""
    questions_en: str = ""
    text_de: str = ""
    text_en: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """What an approved answer is used for beside being suggested."""

    is_published: bool
    is_automatic: bool


async def draft_answer(text: AnswerText, *, by: int, now: datetime) -> int:
    """A new answer that waits for approval; its id. Raises Invalid for a topic that isn't there."""
    async with transaction():
        topic = await _topic(text.topic)
        answer_id = int(
            await fetch_value(
                "INSERT INTO approved_answer (version, is_published, is_automatic, helped, did_not_help, inserted, created_at) "
                "VALUES (1, false, false, 0, 0, 0, $1) RETURNING id",
                now,
            )
        )
        await _write(answer_id, 1, topic, text, by=by, now=now)
        await record("answer.drafted", "answer", answer_id, by=by, now=now, fields=_told(text))
    return answer_id


async def change_answer(answer_id: int, text: AnswerText, version: int, *, by: int, now: datetime) -> int:
    """A new version, which waits for approval; the approved one stays in force until then. The number of the version that holds
    the text now (the old one if nothing changed). Raises NotFound, Invalid, Conflict if somebody else saved meanwhile."""
    async with transaction():
        answer = await _lock(answer_id)
        before = await _text_of(answer_id, answer.version)
        if before == text:
            return int(answer.version)
        if answer.version != version:
            raise _conflict(before, text, answer.version)
        await _write(answer_id, answer.version + 1, await _topic(text.topic), text, by=by, now=now)
        await execute("UPDATE approved_answer SET version = version + 1 WHERE id = $1", answer_id)
        fields = changes(_told(before), _told(text))
        await record("answer.changed", "answer", answer_id, by=by, now=now, fields=fields)
        return int(answer.version) + 1


async def approve_answer(answer_id: int, version: int, use: Use, *, by: int, now: datetime) -> None:
    """Put the newest version in force. Raises NotFound, Conflict if it is not the one that was read, RuleBroken for one that is
    retired, or that has run out."""
    async with transaction():
        answer = await _lock(answer_id)
        if answer.retired_at is not None:
            raise RuleBroken(_("This answer is retired. Bring it back first."))
        if answer.version != version:
            raise Conflict(
                _("Somebody changed this answer meanwhile. Read the new text, then approve it."), (), answer.version
            )
        text = await _text_of(answer_id, version)
        if text.expires_on is not None and text.expires_on < today(now):
            raise RuleBroken(_("This answer has run out. Give it a later day first."))
        await execute(
            "UPDATE answer_version SET approved_by = $3, approved_at = $4 WHERE answer = $1 AND number = $2 AND approved_at IS NULL",
            answer_id, version, by, now,
        )  # fmt: skip
        await execute(
            "UPDATE approved_answer SET approved_version = $2, is_published = $3, is_automatic = $4, reminded_for = NULL WHERE id = $1",
            answer_id, version, use.is_published, use.is_automatic,
        )  # fmt: skip
        fields = {"version": [answer.approved_version, version], **_use_changes(answer, use)}
        await record("answer.approved", "answer", answer_id, by=by, now=now, fields=fields)


async def change_use(answer_id: int, use: Use, *, by: int, now: datetime) -> None:
    """Say whether an answer stands on the FAQ page and is given automatically. Raises NotFound."""
    async with transaction():
        answer = await _lock(answer_id)
        await execute(
            "UPDATE approved_answer SET is_published = $2, is_automatic = $3 WHERE id = $1",
            answer_id, use.is_published, use.is_automatic,
        )  # fmt: skip
        if fields := _use_changes(answer, use):
            await record("answer.used", "answer", answer_id, by=by, now=now, fields=fields)


async def retire_answer(answer_id: int, *, retired: bool, by: int, now: datetime) -> None:
    """Take an answer out of use, or bring it back. What was sent stays as it is. Safe to do twice."""
    async with transaction():
        answer = await _lock(answer_id)
        if (answer.retired_at is not None) == retired:
            return
        await execute("UPDATE approved_answer SET retired_at = $2 WHERE id = $1", answer_id, now if retired else None)
        action = "answer.retired" if retired else "answer.returned"
        await record(action, "answer", answer_id, by=by, now=now)


async def _lock(answer_id: int) -> Row:
    row = await fetch_one("SELECT * FROM approved_answer WHERE id = $1 FOR UPDATE", answer_id)
    if row is None:
        raise NotFound()
    return row


async def _topic(code: str) -> int | None:
    if not code:
        return None
    found = await fetch_value("SELECT id FROM topic WHERE code = $1", code)
    if found is None:
        raise Invalid({"topic": _("There is no topic with this code.")})
    return int(found)


async def _text_of(answer_id: int, number: int) -> AnswerText:
    row = await fetch_one(
        "SELECT coalesce(t.code, '') AS topic, v.expires_on, v.title_de, v.title_en, v.questions_de, v.questions_en, v.text_de, "
        "v.text_en FROM answer_version v LEFT JOIN topic t ON t.id = v.topic WHERE v.answer = $1 AND v.number = $2",
        answer_id, number,
    )  # fmt: skip
    assert row is not None
    return AnswerText(**dict(row))


async def _write(answer_id: int, number: int, topic: int | None, text: AnswerText, *, by: int, now: datetime) -> None:
    await execute(
        "INSERT INTO answer_version (answer, number, topic, expires_on, title_de, title_en, questions_de, questions_en, text_de, text_en, "
        "by_user, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        answer_id, number, topic, text.expires_on, text.title_de, text.title_en, text.questions_de, text.questions_en, text.text_de,
        text.text_en, by, now,
    )  # fmt: skip


def _told(text: AnswerText) -> dict[str, Any]:
    return {f"answer_{name}": value for name, value in asdict(text).items() if value}


def _use_changes(answer: Row, use: Use) -> dict[str, list[Any]]:
    return changes({name: answer[name] for name in ("is_published", "is_automatic")}, asdict(use))


def _conflict(theirs: AnswerText, mine: AnswerText, version: int) -> Conflict:
    def shown(value: object) -> str:
        return short_date(value) if isinstance(value, date) else str(value or "")

    differences = [
        Difference(name, _(LABELS[name]), shown(getattr(theirs, name)), shown(getattr(mine, name)))
        for name in LABELS
        if getattr(theirs, name) != getattr(mine, name)
    ]
    sentence = _("Somebody else saved this answer meanwhile. Compare both versions and save the one that is right.")
    return Conflict(sentence, differences, version)
