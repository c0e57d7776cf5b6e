"""The officer's rules: changing one, looking at what it would do, and approving exactly that."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime

from crm.accounts.audit import changes, record
from crm.database import Row, execute, fetch_one, transaction
from crm.errors import Conflict, Invalid, NotFound
from crm.privacy.retention.kinds import kinds
from crm.privacy.retention.periods import MOST, Unit
from crm.web.i18n import _

REASON_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What the officer set of a rule."""

    amount: int
    unit: Unit
    from_year_end: bool
    is_on: bool
    reason_de: str
    reason_en: str


def fingerprint(rule: Row) -> str:
    """SHA-256 of all that decides what goes: the period, and what the program understands by this kind of data. So a changed rule, and
    an update of the program that changes it, are looked at again."""
    kind = kinds()[rule.code]
    parts = (
        rule.code, rule.amount, rule.unit, rule.from_year_end, kind.effect.value, kind.table, kind.source, kind.where, kind.since,
        kind.open_if, kind.consent_if, kind.columns, kind.also,
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def is_approved(rule: Row) -> bool:
    """Whether somebody looked at what the rule would do, as it is now."""
    return bool(rule.approved) and rule.approved == fingerprint(rule)


def may_run(rule: Row) -> bool:
    return bool(rule.is_on) and is_approved(rule)


async def change_rule(rule_id: int, change: RuleChange, *, version: int, by: int, now: datetime) -> None:
    """Set a rule. If its period changes it waits until its preview is approved again.

    Raises Invalid for a period out of range or a missing reason, NotFound, Conflict if somebody changed it meanwhile."""
    errors = {}
    if not 1 <= change.amount <= MOST[change.unit]:
        errors["amount"] = _("Choose 1 to %(most)s.") % {"most": MOST[change.unit]}
    for name in ("reason_de", "reason_en"):
        text = getattr(change, name)
        if not text.strip():
            errors[name] = _("Please say why it is kept that long. The officer and the authority will ask.")
        elif len(text) > REASON_LIMIT:
            errors[name] = _("That is too long: at most %(limit)s characters fit.") % {"limit": REASON_LIMIT}
    if errors:
        raise Invalid(errors)
    after = {
        **asdict(change),
        "unit": change.unit.value,
        "from_year_end": change.from_year_end and change.unit is not Unit.DAYS,
    }
    async with transaction():
        rule = await _locked(rule_id)
        if rule.version != version:
            raise Conflict(_("Somebody else has changed this rule meanwhile."))
        fields = changes({name: rule[name] for name in after}, after)
        if not fields:
            return
        await execute(
            "UPDATE retention_rule SET amount = $2, unit = $3, from_year_end = $4, is_on = $5, reason_de = $6, reason_en = $7, "
            "version = version + 1 WHERE id = $1",
            rule_id, after["amount"], after["unit"], after["from_year_end"], after["is_on"], after["reason_de"], after["reason_en"],
        )  # fmt: skip
        await record("retention.changed", "retention_rule", rule_id, by=by, now=now, fields=fields)


async def approve_rule(rule_id: int, seen: str, *, by: int, now: datetime) -> None:
    """Let a rule run as it was shown: `seen` is the fingerprint on the preview. Raises NotFound, Conflict if it is another one by now."""
    async with transaction():
        rule = await _locked(rule_id)
        if fingerprint(rule) != seen:
            raise Conflict(_("The rule has changed since. Please look at its preview again."))
        if rule.approved == seen:
            return
        await execute(
            "UPDATE retention_rule SET approved = $2, approved_by = $3, approved_at = $4, version = version + 1 WHERE id = $1",
            rule_id, seen, by, now,
        )  # fmt: skip
        fields = {"amount": rule.amount, "unit": rule.unit, "from_year_end": rule.from_year_end}
        await record("retention.approved", "retention_rule", rule_id, by=by, now=now, fields=fields)


async def _locked(rule_id: int) -> Row:
    rule = await fetch_one(
        "SELECT * FROM retention_rule WHERE id = $1 AND code = ANY($2) FOR UPDATE", rule_id, list(kinds())
    )
    if rule is None:
        raise NotFound()
    return rule
