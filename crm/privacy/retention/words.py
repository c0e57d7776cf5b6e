"""Words for what rules of retention say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from crm.database import Row
from crm.privacy.retention.fixed import Fixed
from crm.privacy.retention.kinds import Effect, kinds
from crm.privacy.retention.periods import Unit
from crm.privacy.retention.rules import is_approved
from crm.web.i18n import N_, _, language, ngettext, word

UNITS: dict[str, str] = {Unit.DAYS: N_("days"), Unit.MONTHS: N_("months"), Unit.YEARS: N_("years")}
EFFECTS: dict[str, str] = {
    Effect.PERSON: N_("The person is made anonymous, as in an erasure; duties to keep are observed"),
    Effect.BLANK: N_("The words are emptied; the record stays as an anonymous one for the figures"),
    Effect.DELETE: N_("The record is deleted"),
}
SHORT_EFFECTS: dict[str, str] = {
    Effect.PERSON: N_("made anonymous"), Effect.BLANK: N_("words emptied"), Effect.DELETE: N_("deleted"),
}  # fmt: skip
HELD: dict[str, str] = {
    "restricted": N_("restricted (GDPR Art. 18)"), "hold": N_("legal hold"), "duty": N_("duty to keep"),
    "open": N_("something is open with them"), "consent": N_("a consent is in force"),
}  # fmt: skip


def period(amount: int, unit: str, from_year_end: bool) -> str:
    """ "3 years from the end of the year"."""
    match unit:
        case Unit.DAYS:
            text = ngettext("%(n)s day", "%(n)s days", amount)
        case Unit.MONTHS:
            text = ngettext("%(n)s month", "%(n)s months", amount)
        case _:
            text = ngettext("%(n)s year", "%(n)s years", amount)
    said = text % {"n": amount}
    return _("%(period)s from the end of the year") % {"period": said} if from_year_end else said


def period_of(rule: Row) -> str:
    return period(rule.amount, rule.unit, rule.from_year_end)


def fixed_period(fixed: Fixed) -> str:
    if fixed.until:
        return _(fixed.until)
    if fixed.months:
        return period(fixed.months, Unit.MONTHS, False)
    return period((fixed.kept or timedelta()).days, Unit.DAYS, False)


def name_of(code: str) -> str:
    """What the kind of data is called; its code if the program knows it no more."""
    kind = kinds().get(code)
    return _(kind.name) if kind else code


def reason_of(rule: Row) -> str:
    return str(rule.reason_de if language.get() == "de" else rule.reason_en)


def state_of(rule: Row) -> tuple[str, str]:
    """In which state a rule is, and its tone."""
    if not rule.is_on:
        return _("off"), ""
    return (_("on"), "good") if is_approved(rule) else (_("waits for your look"), "amber")


def held_sentence(held: Mapping[str, int]) -> str:
    """ "legal hold: 2, duty to keep: 14"."""
    return ", ".join(f"{word(HELD, why)}: {n}" for why, n in held.items())


def unit_options() -> list[tuple[str, str]]:
    return [(unit.value, word(UNITS, unit)) for unit in Unit]
