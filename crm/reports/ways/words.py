"""The ways of answering in words, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crm.reports.ways.rules import COMPARED, Gap, Way, WayFigures
from crm.web.formats import minutes, num
from crm.web.i18n import N_, _, ngettext, word

WAYS: dict[str, str] = {
    Way.AUTOMATIC: N_("automatic"), Way.BLOCK: N_("from a text block"), Way.FREE: N_("written freely"), Way.SPOKEN: N_("on the phone"),
    Way.NONE: N_("solved without an answer"),
}  # fmt: skip
_WITH: dict[str, str] = {
    Way.AUTOMATIC: N_("automatic answers"), Way.BLOCK: N_("answers from a text block"), Way.FREE: N_("answers written freely"),
}  # fmt: skip
"""As they stand after "with"; in German in the dative."""


def told(figures: Mapping[Way, WayFigures], gaps: Sequence[Gap]) -> list[str]:
    """The comparison in two or three sentences."""
    compared = sum(figures[way].enquiries for way in COMPARED)
    if not compared:
        return []
    first = ngettext(
        "One solved enquiry had a written answer: %(automatic)s automatic, %(block)s from a text block, %(free)s written freely.",
        "%(n)s solved enquiries had a written answer: %(automatic)s automatic, %(block)s from a text block, %(free)s written freely.",
        compared,
    ) % {"n": num(compared), **{way.value: num(figures[way].enquiries) for way in COMPARED}}
    return [first, *_about(gaps)]


def _about(gaps: Sequence[Gap]) -> list[str]:
    if not gaps:
        return [_("Customers have answered too rarely for a comparison of their satisfaction.")]
    clear = [gap for gap in gaps if gap.is_clear]
    if not clear:
        return [
            _("No difference in customers’ satisfaction can be shown between the ways; what there is may be chance.")
        ]
    return [
        _("Customers are more satisfied with %(better)s than with %(worse)s, by %(value)s (95 %% interval %(low)s to %(high)s).")
        % {
            "better": word(_WITH, gap.better), "worse": word(_WITH, gap.worse), "value": num(gap.value, 1),
            "low": num(gap.interval[0], 1), "high": num(gap.interval[1], 1),
        }
        for gap in clear
    ]  # fmt: skip


def wait_text(seconds: float | None) -> str:
    """ "2 h 10 min"; days from two on; "under a minute"."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return _("under a minute")
    if seconds >= 2 * 86_400:
        return _("%(n)s days") % {"n": num(seconds / 86_400, 1)}
    return minutes(seconds / 60)
