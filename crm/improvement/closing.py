"""Each criticism ends in a measure or a reason: closing one with a reason, and taking that back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.accounts.audit import record
from crm.database import fetch_one, fetch_value, transaction
from crm.errors import NotFound, RuleBroken
from crm.improvement.tables import ClosureReason, FeedbackKind
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.pasted import plain_text

LIMIT = 2_000

CLOSURES = {
    ClosureReason.PUT_RIGHT: N_("Put right for this customer"), ClosureReason.EXPLAINED: N_("Explained to the customer"),
    ClosureReason.SINGLE_CASE: N_("A single case"), ClosureReason.KNOWN: N_("Already known from elsewhere"),
    ClosureReason.NOT_OURS: N_("Not in our hands"), ClosureReason.STAYS: N_("We keep it as it is, on purpose"),
    ClosureReason.OTHER: N_("Another reason"),
}  # fmt: skip
_NEEDS_WORDS = (ClosureReason.STAYS, ClosureReason.OTHER)
"""Nobody understands these later without a sentence."""


def closure_of(values: Mapping[str, Any]) -> tuple[ClosureReason, str]:
    """The reason and what was added. Raises Invalid with every error."""
    fields = Fields(values)
    reason = fields.choice("reason", ClosureReason)
    text = plain_text(fields.text("text", limit=LIMIT, many_lines=True))
    if reason in _NEEDS_WORDS and not text and not fields.errors:
        fields.error("text", _("Write a sentence, so that others understand why."))
    fields.check()
    return reason, text


async def close_criticism(feedback_id: int, reason: ClosureReason, text: str, *, by: int, now: datetime) -> None:
    """Close it without a measure, or word the reason anew. The same again changes nothing. Raises NotFound for one that was taken
    back, RuleBroken for praise and expectations, and where a measure answers it."""
    async with transaction():
        row = await fetch_one("SELECT kind FROM feedback WHERE id = $1 AND deleted_at IS NULL FOR UPDATE", feedback_id)
        if row is None:
            raise NotFound()
        if row.kind != FeedbackKind.CRITICISM:
            raise RuleBroken(_("Only criticism is closed with a reason."))
        if await fetch_value(
            "SELECT 1 FROM measure_feedback x JOIN measure m ON m.id = x.measure WHERE x.feedback = $1 AND m.status <> 'dropped'",
            feedback_id,
        ):
            raise RuleBroken(_("A measure answers this criticism already. It needs no reason."))
        kept = await fetch_value(
            "INSERT INTO feedback_closure (feedback, reason, text, at, by_user) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT (feedback) DO UPDATE SET reason = excluded.reason, text = excluded.text, at = excluded.at, "
            "by_user = excluded.by_user WHERE (feedback_closure.reason, feedback_closure.text) IS DISTINCT FROM "
            "(excluded.reason, excluded.text) RETURNING id",
            feedback_id, reason.value, text, now, by,
        )  # fmt: skip
        if kept is not None:
            fields = {"closure_reason": reason.value}
            await record("feedback.closed", "feedback", feedback_id, by=by, now=now, fields=fields)


async def reopen_criticism(feedback_id: int, *, by: int, now: datetime) -> None:
    """Take the reason back: it waits again, as long as it has. A second time changes nothing."""
    async with transaction():
        await fetch_one("SELECT id FROM feedback WHERE id = $1 FOR UPDATE", feedback_id)
        if await fetch_value("DELETE FROM feedback_closure WHERE feedback = $1 RETURNING id", feedback_id) is not None:
            await record("feedback.reopened", "feedback", feedback_id, by=by, now=now)
