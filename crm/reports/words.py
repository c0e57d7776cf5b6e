"""Words for the codes in a report, and how it writes changes: signed, and honest where numbers are small."""

from __future__ import annotations

import re
from datetime import date
from math import sqrt

from babel.dates import format_date

from crm.customers.words import CHANNELS, ORIGINS
from crm.improvement.tables import FeedbackCategory
from crm.improvement.words import CATEGORIES, HEADINGS
from crm.reports.score import Responses, Score
from crm.tickets.words import CAUSES, KINDS
from crm.touchpoints.statistics import UNCERTAIN_BELOW, difference_interval, share_estimate
from crm.web.formats import num, percent, signed
from crm.web.i18n import N_, _, locale, ngettext, pgettext, word

SMALL = 20
"""Below this a change is told in numbers: from 2 to 4 is not "100 % more"."""


_LONGEST = 90
_LONG_WORD = re.compile(r"\S{31,}")
"""Nobody's language has longer words; they may be parted anywhere, so that no table runs off the sheet."""


def brief(name: str) -> str:
    """A name as it fits into a table on paper; the attached figures have it whole."""
    cut = name if len(name) <= _LONGEST else name[: _LONGEST - 1].rstrip() + "…"
    return _LONG_WORD.sub(lambda match: "\u00ad".join(re.findall(".{1,15}", match[0])), cut)


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


_REQUESTS = {
    "access": N_("Access (Art. 15)"), "portability": N_("Portability (Art. 20)"), "rectification": N_("Rectification (Art. 16)"),
    "erasure": N_("Erasure (Art. 17)"), "restriction": N_("Restriction (Art. 18)"), "objection": N_("Objection (Art. 21)"),
    "review": N_("Human review (Art. 22)"), "consent_withdrawal": N_("Withdrawal of consent (Art. 7)"),
}  # fmt: skip


def request(code: str) -> str:
    """What a data subject asked for, with the article of the GDPR."""
    return word(_REQUESTS, code)


def feedback_heading(category: str, heading: str) -> str:
    """ "Products: Quality", or the category alone."""
    known = FeedbackCategory(category)
    return f"{_(CATEGORIES[known])}: {word(HEADINGS[known], heading)}" if heading else _(CATEGORIES[known])


def waited(hours: float | None) -> str:
    """A wait as people say it: "40 min", "3.5 h", "2.1 days"."""
    if hours is None:
        return "–"
    if hours < 1:
        told = _("%(n)s min") % {"n": num(round(60 * hours))}
    elif hours < 48:
        told = _("%(n)s h") % {"n": num(hours, 1)}
    else:
        told = _("%(n)s days") % {"n": num(hours / 24, 1)}
    return told.replace(" ", "\N{NO-BREAK SPACE}")


def month_name(month: date) -> str:
    """ "September": the month without its year, for sentences."""
    return format_date(month, "LLLL", locale=locale())


def month_short(month: date) -> str:
    """ "Okt." / "Oct", below a chart."""
    return format_date(month, "LLL", locale=locale())


def times(n: int) -> str:
    """ "once", "3 times", "0 times"."""
    return ngettext("once", "%(num)s times", n) % {"num": num(n)}


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


def responses(one: Responses | None) -> str:
    """A response rate in a table: "34 %", marked where it rests on fewer than five answers; a dash where nobody was asked."""
    if not one or not one.asked:
        return "–"
    return percent(one.answered / one.asked) + ("°" if one.answered < UNCERTAIN_BELOW else "")


def decimals_apart(value: float, target: float, digits: int) -> int:
    """With how many decimals a value and the target that it misses are written: more than `digits` where both would look alike, so that
    3.49 doesn't miss a target of 3.5 as "3.5"."""
    return next((more for more in range(digits, 4) if num(value, more) != num(target, more)), 4)


def decimals(score: Score | None, target: float | None, digits: int = 1) -> int:
    """With how many decimals a score stands beside its target."""
    if score is None or target is None or score.value >= target:
        return digits
    return decimals_apart(score.value, target, digits)


def tone(score: Score, before: Score) -> str:
    """good for a better figure, rust for a worse one; nothing where the change may be chance."""
    if not is_certain(score, before):
        return ""
    return "good" if score.value > before.value else "rust"


def share_tone(now: tuple[int, int], before: tuple[int, int]) -> str:
    """The same of two shares (part, whole): good or rust only where the 95 % interval of their difference leaves out 0."""
    this, then = share_estimate(*now), share_estimate(*before)
    interval = difference_interval(then, this) if this and then else None
    if interval is None or interval[0] <= 0 <= interval[1]:
        return ""
    return "good" if interval[0] > 0 else "rust"


def is_certain(score: Score, before: Score) -> bool:
    """True if the two differ by more than chance would make likely (95 %), by the width of their intervals."""
    if None in (score.low, score.high, before.low, before.high):
        return False
    spread = [(one.high - one.low) / 2 for one in (score, before)]  # type: ignore[operator]
    return abs(score.value - before.value) > sqrt(spread[0] ** 2 + spread[1] ** 2)
