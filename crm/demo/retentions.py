"""Rules of retention as the data protection officer of the demo company has set them: most are approved, one waits for a look at its
preview; and the reports of the last nights."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from crm.database import execute, fetch, fetch_value
from crm.demo.world import World
from crm.privacy.retention.rules import fingerprint

_PERIODS = {
    "prospect_persons": (3, "months"), "former_persons": (9, "months"), "contact_texts": (23, "months"), "closed_tickets": (22, "months"),
    "outbox_texts": (1, "months"), "reminders": (12, "months"), "call_backs": (30, "days"), "notifications": (14, "days"),
}  # fmt: skip
_USED = (
    "So lange brauchen wir es, um nachzufragen und Reklamationen zu bearbeiten; länger nicht (DSGVO Art. 5 Abs. 1 Buchst. e).",
    "So long we need it for questions and complaints, and no longer (GDPR Art. 5 (1) (e)).",
)
_REASONS = {
    "prospect_persons": (
        "Wer sich drei Monate lang nicht gemeldet hat, hat woanders gekauft; das berechtigte Interesse endet (DSGVO Art. 6 Abs. 1 "
        "Buchst. f, Art. 5 Abs. 1 Buchst. e).",
        "Whoever has not been in touch for three months has bought elsewhere; the legitimate interest ends (GDPR Art. 6 (1) (f), Art. 5 "
        "(1) (e)).",
    ),
    "former_persons": (
        "Ehemalige Kunden kommen bis zu neun Monate nach dem letzten Kontakt zurück, danach kaum noch (DSGVO Art. 5 Abs. 1 Buchst. e). Was "
        "Handels- und Steuerrecht verlangen, bleibt bis zum Ende der Pflicht.",
        "Former customers come back within nine months of the last contact, hardly ever later (GDPR Art. 5 (1) (e)). What commercial and "
        "tax law demand stays until the duty ends.",
    ),
    "contact_texts": _USED, "closed_tickets": _USED,
}  # fmt: skip
"""Where the rule's own reason speaks of a longer time."""
_WAITS = ("former_persons", "audit_values")
_NIGHTS: tuple[tuple[str, tuple[int, int, int], dict[str, int]], ...] = (
    ("prospect_persons", (2, 0, 1), {"open": 2, "consent": 1}),
    ("contact_texts", (9, 14, 11), {"hold": 3}),
    ("closed_tickets", (1, 3, 0), {"duty": 4}),
    ("outbox_texts", (22, 17, 31), {}),
    ("reminders", (4, 6, 2), {}),
)


async def write_retention(world: World) -> None:
    """The company is young: its periods are short, so that something is about to go."""
    officer, then = world.staff.ids["dpo"], world.now - timedelta(days=20)
    for code, (amount, unit) in _PERIODS.items():
        german, english = _REASONS.get(code, ("", ""))
        await execute(
            "UPDATE retention_rule SET amount = $2, unit = $3, from_year_end = false, reason_de = coalesce(nullif($4, ''), reason_de), "
            "reason_en = coalesce(nullif($5, ''), reason_en) WHERE code = $1",
            code, amount, unit, german, english,
        )  # fmt: skip
    for rule in await fetch("SELECT * FROM retention_rule ORDER BY position"):
        if rule.code not in _WAITS:
            await execute(
                "UPDATE retention_rule SET approved = $2, approved_by = $3, approved_at = $4, version = 2 WHERE id = $1",
                rule.id, fingerprint(rule), officer, then,
            )  # fmt: skip
    for night in range(3, 0, -1):
        began = world.now.replace(hour=2, minute=50, second=0, microsecond=0) - timedelta(days=night)
        run = await fetch_value(
            "INSERT INTO retention_run (night_on, started_at, claimed_at, worker, finished_at) VALUES ($1, $2, $2, '', $3) RETURNING id",
            began.date(), began, began + timedelta(seconds=41),
        )  # fmt: skip
        for code, done, held in _NIGHTS:
            await execute(
                "INSERT INTO retention_result (run, code, done, held, failed, is_more, finished_at) VALUES ($1, $2, $3, $4, 0, false, $5)",
                run, code, done[night - 1], msgspec.json.encode(held).decode(), began + timedelta(seconds=30),
            )  # fmt: skip
