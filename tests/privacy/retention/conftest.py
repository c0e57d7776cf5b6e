"""Rules that Sven, the officer, has approved; and moments far enough ahead that something is old enough."""

from __future__ import annotations

from datetime import UTC, datetime

from crm.database import execute, fetch_one
from crm.privacy.retention.periods import Unit
from crm.privacy.retention.queries import rule_for
from crm.privacy.retention.rules import RuleChange, approve_rule, change_rule, fingerprint
from tests.cast import Cast

SOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""The customers of these tests were entered an hour before."""


async def rule_id(code: str) -> int:
    row = await fetch_one("SELECT id FROM retention_rule WHERE code = $1", code)
    assert row is not None
    return int(row.id)


async def set_rule(cast: Cast, code: str, amount: int, unit: Unit, *, from_year_end: bool = False) -> int:
    """The rule with this period, not approved."""
    rule = await rule_for(await rule_id(code))
    change = RuleChange(amount, unit, from_year_end, True, "Grund", "Reason")
    await change_rule(rule.id, change, version=rule.version, by=cast.sven.id, now=SOON)
    return int(rule.id)


async def approved(cast: Cast, code: str, amount: int, unit: Unit, *, from_year_end: bool = False) -> int:
    one = await set_rule(cast, code, amount, unit, from_year_end=from_year_end)
    await approve_rule(one, fingerprint(await rule_for(one)), by=cast.sven.id, now=SOON)
    return one


async def make_former(customer: int) -> None:
    await execute("UPDATE customer SET status = 'former' WHERE id = $1", customer)
