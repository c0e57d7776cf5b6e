"""Words for the codes in a report, and how it writes changes: signed, and honest where numbers are small."""

from __future__ import annotations

from datetime import date
from math import sqrt

from babel.dates import format_date

from crm.customers.words import CHANNELS, ORIGINS
from crm.reports.shape import Score
from crm.tickets.words import CAUSES, KINDS
from crm.web.formats import num, percent
from crm.web.i18n import _, locale, pgettext, word

SMALL = 20
"""Below this a change is told in numbers: from 2 to 4 is not "100 % more"."""


def channel(code: str) -> str:
    return word(CHANNELS, code)


def kind(code: str) -> str:
    return word(KINDS, code)


def cause(code: str) -> str:
    """The cause as it was chosen when the enquiry was solved."""
    return word(CAUSES, code) if code else _("not given")


def origin(code: str) -> str:
    """How customers heard of us. Reports drawn up while this was free text keep their words."""
    return word(ORIGINS, code) if code else _("not asked")


def month_name(month: date) -> str:
    """ "September": the month without its year, for sentences."""
    return format_date(month, "LLLL", locale=locale())


def month_short(month: date) -> str:
    """ "Okt." / "Oct", below a chart."""
    return format_date(month, "LLL", locale=locale())


def signed(value: float, digits: int = 0) -> str:
    """ "+6", "−0,2", "±0"."""
    rounded = round(value, digits)
    if rounded == 0:
        return "±" + num(0 if digits == 0 else 0.0, None if digits == 0 else digits)
    shown = num(abs(int(rounded)) if digits == 0 else abs(rounded), None if digits == 0 else digits)
    return ("+" if rounded > 0 else "−") + shown


def change(count: int, before: int) -> str:
    """The change of a count as a signed share, or as a signed number where either is small or it has tripled."""
    if min(count, before) < SMALL or count >= 3 * before:
        return signed(count - before)
    share = (count - before) / before
    rounded = round(share, 2)
    return ("+" if rounded > 0 else "−" if rounded < 0 else "±") + percent(abs(rounded))


def points(share: float, before: float) -> str:
    """The change of a share in percentage points: "−2 Punkte"."""
    difference = round(100 * share) - round(100 * before)
    return (
        _("%(n)s points") % {"n": signed(difference)}
        if abs(difference) != 1
        else _("%(n)s point") % {"n": signed(difference)}
    )


def interval(score: Score | None, digits: int = 1) -> str:
    """ "4,1–4,4": the 95 % interval; a dash where it can't be known."""
    if score is None or score.low is None or score.high is None:
        return "–"
    if digits == 0:
        low, high = signed(score.low), signed(score.high)
        return pgettext("interval", "%(low)s to %(high)s") % {"low": low, "high": high}
    return f"{num(score.low, digits)}–{num(score.high, digits)}"


def share(part: int, whole: int) -> str:
    """A share in percent, or the two numbers where the whole is small, or a dash where there is none."""
    if whole == 0:
        return "–"
    return (
        percent(part / whole)
        if whole >= SMALL
        else _("%(part)s of %(whole)s") % {"part": num(part), "whole": num(whole)}
    )


def tone(score: Score, before: Score) -> str:
    """good for a better figure, rust for a worse one; nothing where the change may be chance."""
    if not is_certain(score, before):
        return ""
    return "good" if score.value > before.value else "rust"


def is_certain(score: Score, before: Score) -> bool:
    """True if the two differ by more than chance would make likely (95 %), by the width of their intervals."""
    if None in (score.low, score.high, before.low, before.high):
        return False
    spread = [(one.high - one.low) / 2 for one in (score, before)]  # type: ignore[operator]
    return abs(score.value - before.value) > sqrt(spread[0] ** 2 + spread[1] ** 2)
