"""Writing the particulars."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from crm.accounts.audit import changes, record
from crm.database import execute, fetch_one, transaction
from crm.errors import Conflict, Difference
from crm.privacy.particulars.words import LABELS
from crm.web.i18n import _


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the officer writes down; `log_months` is 1 to 60."""

    controller_contact: str
    representative: str
    officer_name: str
    officer_contact: str
    authority: str
    recipients: str
    third_countries: str
    measures: str
    log_months: int


async def change_particulars(new: Particulars, version: int, *, by: int, now: datetime) -> None:
    """Save them. Raises Conflict if somebody saved meanwhile."""
    values: dict[str, Any] = asdict(new)
    async with transaction():
        row = await fetch_one(f"SELECT {', '.join(values)}, version FROM privacy_particulars FOR UPDATE")
        assert row is not None
        before = {name: row[name] for name in values}
        told = changes(before, values)
        if not told:
            return
        if row.version != version:
            raise Conflict(
                _("Somebody changed these particulars while you were working on them."),
                [Difference(name, _(LABELS[name]), str(before[name]), str(values[name])) for name in LABELS if name in told],
                row.version,
            )  # fmt: skip
        assignments = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 2))
        await execute(
            f"UPDATE privacy_particulars SET {assignments}, changed_at = $1, version = version + 1",
            now,
            *values.values(),
        )
        await record("privacy.particulars", "privacy", None, by=by, now=now, fields=told)
