"""The verbs of criticism, praise and expectations: note one, mend it, delete it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.accounts.audit import changes, record
from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Permission
from crm.database import Row, execute, fetch_one, fetch_value, transaction
from crm.errors import Forbidden, Invalid, NotFound
from crm.improvement.tables import ExpectationLevel, FeedbackKind
from crm.improvement.words import is_heading, sensible_category
from crm.web.i18n import _

LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class NewFeedback:
    """What is known when somebody clicks: the kind, and the contact or enquiry that it comes from. What is left out follows from
    there: the text is that of the contact, or what the customer wrote first."""

    kind: FeedbackKind
    interaction_id: int | None = None
    ticket_id: int | None = None
    text: str = ""
    category: str = ""
    heading: str = ""
    level: str = ""


# Nothing is noted about who is restricted (GDPR Art. 18) or deleted. The source stays locked until it is written.
_OF_CONTACT = """
    SELECT i.customer, i.text, i.touchpoint, coalesce(t.code, '') AS code, coalesce(t.department, '') AS department, '' AS topic
    FROM interaction i LEFT JOIN touchpoint t ON t.id = i.touchpoint LEFT JOIN customer c ON c.id = i.customer
    LEFT JOIN person p ON p.id = i.person
    WHERE i.id = $1 AND c.deleted_at IS NULL AND c.restricted_at IS NULL AND p.restricted_at IS NULL FOR KEY SHARE OF i
"""
_OF_TICKET = """
    SELECT k.customer, x.touchpoint, coalesce(x.code, '') AS code, coalesce(x.department, '') AS department,
        coalesce(o.code, '') AS topic, coalesce((SELECT m.text FROM ticket_message m WHERE m.ticket = k.id AND m.kind = 'inbound'
            ORDER BY m.at, m.id LIMIT 1), k.subject) AS text
    FROM ticket k LEFT JOIN topic o ON o.id = k.topic JOIN customer c ON c.id = k.customer LEFT JOIN person p ON p.id = k.person
    LEFT JOIN LATERAL (SELECT i.touchpoint, t.code, t.department FROM interaction i JOIN touchpoint t ON t.id = i.touchpoint
        WHERE i.ticket = k.id ORDER BY i.at, i.id LIMIT 1) x ON true
    WHERE k.id = $1 AND c.deleted_at IS NULL AND c.restricted_at IS NULL AND p.restricted_at IS NULL FOR KEY SHARE OF k
"""


async def note_feedback(data: NewFeedback, *, by: int, now: datetime) -> int:
    """Store a point at once, with sensible values. Raises NotFound for a contact or enquiry that isn't there (or is of somebody
    restricted), Invalid for what doesn't fit."""
    async with transaction():
        from_ticket = data.ticket_id is not None
        source = await fetch_one(_OF_TICKET if from_ticket else _OF_CONTACT, data.ticket_id or data.interaction_id or 0)
        if source is None:
            raise NotFound()
        category = data.category or sensible_category(
            touchpoint=source.code, department=source.department, topic=source.topic, from_ticket=from_ticket
        )
        text = data.text or source.text[:LIMIT]
        level = _level(data.kind, data.level)
        _demand_fitting(text, category, data.heading)
        feedback_id = await fetch_value(
            "INSERT INTO feedback (kind, category, heading, level, text, touchpoint, interaction, ticket, at, by_user) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
            data.kind, category, data.heading, level, text, source.touchpoint, data.interaction_id,
            data.ticket_id, now, by,
        )  # fmt: skip
        fields = {"kind": data.kind.value, "feedback_category": str(category), "customer_id": source.customer}
        await record(
            "feedback.noted", "feedback", feedback_id, by=by, now=now, fields={k: v for k, v in fields.items() if v}
        )
        return int(feedback_id)


async def mend_feedback(feedback_id: int, wanted: dict[str, Any], *, by: int, now: datetime) -> None:
    """Write another text, category, heading or level. Raises NotFound for one that is deleted, and Invalid."""
    async with transaction():
        row = await _locked(feedback_id)
        before = {name: row[name] for name in ("text", "category", "heading", "level")}
        after = before | wanted
        if after["category"] != before["category"] and "heading" not in wanted:
            after["heading"] = ""
        after["level"] = _level(FeedbackKind(row.kind), after["level"])
        _demand_fitting(after["text"], after["category"], after["heading"])
        differing = changes(before, after)
        if not differing:
            return
        await execute(
            "UPDATE feedback SET text = $2, category = $3, heading = $4, level = $5 WHERE id = $1",
            feedback_id, after["text"], after["category"], after["heading"], after["level"],
        )  # fmt: skip
        names = {
            "category": "feedback_category",
            "heading": "feedback_heading",
            "level": "expectation_level",
            "text": "text",
        }
        told = {names[name]: both for name, both in differing.items() if name != "text"}
        await record("feedback.mended", "feedback", feedback_id, by=by, now=now, fields=told)


async def delete_feedback(feedback_id: int, *, by: int, now: datetime) -> None:
    """Take it back: its text is gone, that it was there and who deleted it when stays. A second time changes nothing."""
    async with transaction():
        row = await fetch_one("SELECT deleted_at FROM feedback WHERE id = $1 FOR UPDATE", feedback_id)
        if row is None:
            raise NotFound()
        if row.deleted_at is None:
            await execute(
                "UPDATE feedback SET text = '', deleted_at = $2, deleted_by = $3 WHERE id = $1", feedback_id, now, by
            )
            await execute("DELETE FROM feedback_closure WHERE feedback = $1", feedback_id)
            await record("feedback.deleted", "feedback", feedback_id, by=by, now=now)


def demand_mending(user: CurrentUser, author: int | None) -> None:
    """A point is mended and deleted by whoever noted it, and by leads."""
    if author != user.id and not user.may(Permission.INTERACTIONS_CORRECT):
        raise Forbidden(_("This is mended or deleted by whoever noted it, or by the team lead."))


async def _locked(feedback_id: int) -> Row:
    row = await fetch_one("SELECT * FROM feedback WHERE id = $1 AND deleted_at IS NULL FOR UPDATE", feedback_id)
    if row is None:
        raise NotFound()
    return row


def _level(kind: FeedbackKind, level: str) -> str:
    return (level or ExpectationLevel.EXPECTED.value) if kind == FeedbackKind.EXPECTATION else ""


def _demand_fitting(text: str, category: str, heading: str) -> None:
    errors = {}
    if not text.strip():
        errors["text"] = _("Write a word or two about what was said.")
    if len(text) > LIMIT:
        errors["text"] = _("That is %(n)s characters; at most %(limit)s fit.") % {"n": len(text), "limit": LIMIT}
    if not is_heading(category, heading):
        errors["heading"] = _("This heading belongs to another category.")
    if errors:
        raise Invalid(errors)
