"""The form of a rule for follow-ups: the body as typed values, or every error at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.customers.tables import CustomerStatus
from crm.reminders.follow_up_rules import MOST_DAYS, MOST_LEAD_DAYS, TEXT_LENGTH
from crm.reminders.tables import Cause
from crm.web.forms import Fields
from crm.web.i18n import _


def parse_rule(code: str, values: Mapping[str, Any], levels: list[str]) -> tuple[dict[str, Any], int]:
    """The fields as `change_rule` takes them, and the version that was seen. Ticked boxes are named `status-<code>` and
    `level-<code>`; all of them ticked mean all, those to come too. Raises Invalid."""
    fields = Fields(values)
    most = MOST_LEAD_DAYS if code == Cause.RHYTHM else MOST_DAYS
    wanted: dict[str, Any] = {
        "is_on": fields.flag("is_on"),
        "days": fields.number("days", low=0, high=most, required=True),
        "user_id": fields.reference("user_id"),
        "statuses": _ticked(fields, "status", [status.value for status in CustomerStatus]),
        "levels": _ticked(fields, "level", levels),
    }
    if code != Cause.RHYTHM:
        wanted["mail_template_id"] = fields.reference("mail_template_id")
        wanted |= {
            name: fields.text(name, required=True, limit=TEXT_LENGTH, many_lines=True)
            for name in ("text_de", "text_en")
        }
    version = fields.number("version", low=1, high=2**31 - 1, required=True)
    fields.check()
    return wanted, version or 1


def _ticked(fields: Fields, name: str, codes: list[str]) -> tuple[str, ...]:
    found = tuple(code for code in codes if fields.flag(f"{name}-{code}"))
    if not found:
        fields.error(f"{name}-{codes[0]}", _("Tick at least one."))
    return () if len(found) == len(codes) else found


def typed(rule: Any, levels: list[str]) -> dict[str, Any]:
    """The values of a rule as its form shows them."""
    statuses = rule.statuses or tuple(CustomerStatus)
    return {
        "is_on": "1" if rule.is_on else "", "days": rule.days, "user_id": rule.user_id or "", "text_de": rule.text_de,
        "text_en": rule.text_en, "version": rule.version,
        "mail_template_id": rule.mail_template_id or "", **{f"status-{code}": "1" for code in statuses},
        **{f"level-{code}": "1" for code in rule.levels or levels},
    }  # fmt: skip
