"""The settings of level 0, which a lead changes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from crm.accounts.audit import changes, record
from crm.database import execute, fetch_one, transaction


@dataclass(frozen=True, slots=True)
class LevelZeroSettings:
    """`threshold` in percent; `settled_after_days` without a word from the customer an automatic answer counts as the solution."""

    is_on: bool
    threshold: int
    settled_after_days: int
    is_faq_public: bool


async def change_level_zero(settings: LevelZeroSettings, *, by: int, now: datetime) -> None:
    """Save the settings; what was answered already stays."""
    async with transaction():
        before = await fetch_one("SELECT * FROM level_zero FOR UPDATE")
        assert before is not None
        after = asdict(settings)
        if fields := changes({name: before[name] for name in after}, after):
            await execute(
                "UPDATE level_zero SET is_on = $1, threshold = $2, settled_after_days = $3, is_faq_public = $4, version = version + 1",
                *after.values(),
            )
            told = {f"level_zero_{name}": value for name, value in fields.items()}
            await record("level_zero.changed", "level_zero", None, by=by, now=now, fields=told)
