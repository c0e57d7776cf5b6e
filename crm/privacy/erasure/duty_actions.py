"""The duties that keep data: reading them, and the officer's changes to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crm.accounts.audit import changes, record
from crm.database import Row, execute, fetch, fetch_one, transaction
from crm.errors import Conflict, Invalid, NotFound
from crm.privacy.erasure.duties import Duty
from crm.web.i18n import _

MOST_YEARS = 100


@dataclass(frozen=True, slots=True)
class DutyChange:
    """What the officer set of a duty."""

    years: int
    from_year_end: bool
    is_in_force: bool


async def all_duties() -> list[Row]:
    return await fetch(
        "SELECT id, code, name_de, name_en, law_de, law_en, years, from_year_end, is_in_force, version FROM keeping_duty "
        "ORDER BY position, id"
    )


async def duties_in_force() -> dict[str, Duty]:
    """By their codes, as the rules take them."""
    return in_force(await all_duties())


def in_force(duties: Iterable[Row]) -> dict[str, Duty]:
    return {row.code: Duty(row.code, row.years, row.from_year_end) for row in duties if row.is_in_force}


async def change_duty(duty_id: int, change: DutyChange, *, version: int, by: int, now: datetime) -> None:
    """Set for how long something is kept. What waits already for the end of a duty goes on waiting until the day that was approved.

    Raises Invalid for years that no law knows, NotFound, Conflict if somebody changed it meanwhile."""
    if not 1 <= change.years <= MOST_YEARS:
        raise Invalid({"years": _("Choose 1 to 100 years.")})
    async with transaction():
        row = await fetch_one("SELECT * FROM keeping_duty WHERE id = $1 FOR UPDATE", duty_id)
        if row is None:
            raise NotFound()
        if row.version != version:
            raise Conflict()
        names = ("years", "from_year_end", "is_in_force")
        found = changes({name: row[name] for name in names}, {name: getattr(change, name) for name in names})
        if found:
            await execute(
                "UPDATE keeping_duty SET years = $2, from_year_end = $3, is_in_force = $4, version = version + 1 WHERE id = $1",
                duty_id, change.years, change.from_year_end, change.is_in_force,
            )  # fmt: skip
            await record("duty.changed", "keeping_duty", duty_id, by=by, now=now, fields=found)
