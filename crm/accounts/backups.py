"""Backups by `crm backup`: that one was made stands in the audit trail, where the record of processing finds it."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.database import fetch_value, transaction

LAST_BACKUP = "(SELECT at FROM audit_entry WHERE subject_kind = 'backup' ORDER BY id DESC LIMIT 1)"
"""SQL of the moment of the last one, or null."""


async def note_backup(*, now: datetime) -> None:
    """A backup was made. A database that was never migrated has nothing in which it could stand."""
    if await fetch_value("SELECT to_regclass('audit_entry') IS NOT NULL"):
        async with transaction():
            await record("backup.made", "backup", None, by=None, now=now)
