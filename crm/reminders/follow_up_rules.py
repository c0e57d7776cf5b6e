"""The rules by which follow-ups come of their own accord: reading them and changing them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.accounts.audit import changes, record
from crm.customers.tables import CustomerStatus
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Invalid, NotFound
from crm.reminders.causing import PLACEHOLDERS, unknown_placeholders
from crm.reminders.tables import Cause
from crm.service_levels.queries import service_levels
from crm.web.i18n import _

MOST_DAYS = 365
MOST_LEAD_DAYS = 30
TEXT_LENGTH = 500
FIELDS = ("is_on", "days", "user_id", "text_de", "text_en", "statuses", "levels", "mail_template_id")
"""What a lead changes; the names of forms and API."""
_ORDER = {cause.value: place for place, cause in enumerate(Cause)}
_RULE = """
    SELECT r.code, r.is_on, r.days, r."user" AS user_id, s.name AS user_name, r.text_de, r.text_en, r.statuses, r.levels, r.since,
        r.version, r.mail_template AS mail_template_id
    FROM follow_up_rule r LEFT JOIN staff s ON s.id = r."user"
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it stands. `user_id` None: the customer's owner gets it. Empty `statuses` or `levels` (codes): all.
    `mail_template_id`: the customer gets this mail, and the person a follow-up only where it cannot go out."""

    code: Cause
    is_on: bool
    days: int
    user_id: int | None
    user_name: str | None
    text_de: str
    text_en: str
    statuses: tuple[str, ...]
    levels: tuple[str, ...]
    since: datetime | None
    version: int
    mail_template_id: int | None = None


def _rule(row: Row) -> Rule:
    lists = {name: tuple(filter(None, row[name].split(","))) for name in ("statuses", "levels")}
    return Rule(**{**dict(row), **lists, "code": Cause(row.code)})


async def follow_up_rules() -> list[Rule]:
    """All of them, the contact rhythm first."""
    return sorted((_rule(row) for row in await fetch(_RULE)), key=lambda rule: _ORDER[rule.code])


async def follow_up_rule(code: str, *, lock: bool = False) -> Rule:
    """Raises NotFound."""
    row = await fetch_one(f"{_RULE} WHERE r.code = $1{' FOR UPDATE OF r' if lock else ''}", code.replace("\x00", ""))
    if row is None:
        raise NotFound()
    return _rule(row)


async def change_rule(code: str, wanted: Mapping[str, Any], version: int | None, *, by: int, now: datetime) -> Rule:
    """Write the fields that are given (FIELDS). Once it is switched on, only events from then on count: nobody is flooded by old
    ones. Raises Invalid with every field that does not fit, Conflict if somebody else saved since `version`."""
    await _demand_fitting(code, wanted)
    async with transaction():
        before = await follow_up_rule(code, lock=True)
        if version is not None and version != before.version:
            raise Conflict(
                _("Somebody else has changed this rule meanwhile. Look at it and save again."), [], before.version
            )
        old = {name: getattr(before, name) for name in FIELDS}
        new = {**old, **wanted}
        told = changes(_plain(old), _plain(new))
        if not told:
            return before
        since = now if new["is_on"] and not before.is_on else before.since
        await execute(
            'UPDATE follow_up_rule SET is_on = $2, days = $3, "user" = $4, text_de = $5, text_en = $6, statuses = $7, levels = $8, '
            "since = $9, mail_template = $10, version = version + 1 WHERE code = $1",
            code, new["is_on"], new["days"], new["user_id"], new["text_de"], new["text_en"], ",".join(new["statuses"]),
            ",".join(new["levels"]), since, new["mail_template_id"],
        )  # fmt: skip
        await record("follow_up_rule.changed", "follow_up_rule", None, by=by, now=now, fields={"rule": code, **told})
        return await follow_up_rule(code)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: ", ".join(value) if isinstance(value, tuple) else value for name, value in values.items()}


async def _demand_fitting(code: str, wanted: Mapping[str, Any]) -> None:
    errors = {}
    most = MOST_LEAD_DAYS if code == Cause.RHYTHM else MOST_DAYS
    if code == Cause.RHYTHM and wanted.get("mail_template_id") is not None:
        errors["mail_template_id"] = _("An automatic mail is no contact. Before the rhythm ends a person is reminded.")
    if "days" in wanted and not 0 <= wanted["days"] <= most:
        errors["days"] = _("Please enter a whole number from %(low)s to %(high)s.") % {"low": 0, "high": most}
    for name in ("text_de", "text_en"):
        if name in wanted and code != Cause.RHYTHM:
            errors |= _doubts(name, wanted[name])
    if wanted.get("user_id") is not None and not await fetch_value(
        "SELECT 1 FROM staff WHERE id = $1 AND deactivated_at IS NULL", wanted["user_id"]
    ):
        errors["user_id"] = _("This person cannot take over. Please choose somebody from the list.")
    if set(wanted.get("statuses", ())) - set(CustomerStatus):
        errors["statuses"] = _("There is no such status.")
    if set(wanted.get("levels", ())) - {level.code for level in await service_levels()}:
        errors["levels"] = _("There is no such service level.")
    if errors:
        raise Invalid(errors)


def _doubts(name: str, text: str) -> dict[str, str]:
    if not text.strip():
        return {name: _("Please write what is to be done.")}
    if len(text) > TEXT_LENGTH:
        sentence = _("That is %(n)s characters; at most %(limit)s fit.")
        return {name: sentence % {"n": len(text), "limit": TEXT_LENGTH}}
    unknown = unknown_placeholders(text)
    if unknown:
        known = PLACEHOLDERS.values() if name == "text_de" else PLACEHOLDERS
        words = {"name": "{" + unknown[0] + "}", "known": ", ".join("{" + one + "}" for one in known)}
        return {name: _("%(name)s is no placeholder. These are known: %(known)s.") % words}
    return {}
