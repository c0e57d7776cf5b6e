"""What is thrown away every night because nobody needs it any more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.accounts import housekeeping
from crm.customers import documents
from crm.customers.lists.similar import forget_unused_words
from crm.files import actions as files
from crm.improvement.quality.actions import forget_old_reviews


async def forget_expired(ctx: dict[str, Any]) -> None:
    """Expired sessions, old log-in attempts, used links and the memory of repeated submissions; words that no customer has; old
    ratings of conversations."""
    await housekeeping.forget_expired(now=datetime.now(UTC))
    await forget_unused_words()
    await forget_old_reviews(now=datetime.now(UTC))


async def forget_deleted_documents(ctx: dict[str, Any]) -> None:
    """Documents that were deleted a month ago."""
    await documents.forget_deleted_documents(now=datetime.now(UTC))


async def forget_unused_files(ctx: dict[str, Any]) -> None:
    """Contents of files that nothing refers to any more."""
    await files.forget_unused_files(now=datetime.now(UTC))
