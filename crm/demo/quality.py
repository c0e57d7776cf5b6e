"""How the conversations of the demo company were looked at: some rated with a word of feedback, some waiting."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.accounts.permissions import Role
from crm.database import execute, fetch_value
from crm.demo.staff import DOMAIN
from crm.improvement.quality.actions import draw_sample

_WORDS = (
    "Freundlich und klar, der Kunde weiß sofort, wann es weitergeht. Genau so.",
    "Gute Lösung. Beim nächsten Mal bitte zuerst antworten, dann erklären: Das Wichtigste steht hier erst im letzten Satz.",
    "Sie haben das eigentliche Anliegen erkannt, obwohl es nicht dastand. Stark.",
    "Der Ton passt. „Wie telefonisch besprochen“ hilft Kollegen wenig, die das Gespräch nicht kennen: kurz sagen, was vereinbart ist.",
    "Verständlich ohne Fachwörter. Ein Satz zum nächsten Schritt fehlt noch.",
    "",
)


async def write_quality(end: datetime) -> None:
    """Two samples: one of a month ago that was rated, one of this week that waits. Drawn by the rule itself."""
    lead = await fetch_value(
        "SELECT id FROM staff WHERE role = $1 AND email LIKE $2 ORDER BY id LIMIT 1", Role.LEAD.value, f"%@{DOMAIN}"
    )
    earlier = end - timedelta(days=25)
    if not lead or not await draw_sample(2, by=lead, now=earlier):
        return
    await execute(
        "UPDATE quality_review q SET understanding = 3 + q.id % 3, tone = 4 + q.id % 2, "
        "solution = CASE WHEN q.id % 5 > 0 THEN 3 + (q.id / 2) % 3 END, language = 3 + (q.id / 3) % 3, "
        "feedback = ($2::text[])[1 + q.id % cardinality($2::text[])], rated_at = $1, rated_by = q.drawn_by, "
        "seen_at = CASE WHEN q.id % 4 > 0 THEN $1::timestamptz + interval '1 day' END",
        earlier + timedelta(days=1), list(_WORDS),
    )  # fmt: skip
    await draw_sample(1, by=lead, now=end - timedelta(hours=20))
