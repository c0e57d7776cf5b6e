"""The month at a glance: each figure against the month before and its target, as lines of one table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crm.reports import words
from crm.reports.shape import MonthFigures, Responses, Score
from crm.reports.words import SMALL
from crm.touchpoints.statistics import UNCERTAIN_BELOW
from crm.web.formats import minutes, num, percent, signed
from crm.web.i18n import _, ngettext, pgettext


@dataclass(frozen=True, slots=True)
class Line:
    """A figure: its name and what it rests on, this month, the month before, the change (`tone` good or rust where it is no chance),
    the target and whether it was missed; `is_judged` where there is enough to say so."""

    name: str
    note: str
    now: str
    before: str = "–"
    change: str = "–"
    tone: str = ""
    target: str = ""
    is_missed: bool = False
    is_judged: bool = False


def glance(f: MonthFigures) -> list[tuple[str, list[Line]]]:
    """The lines below the headings that they belong to."""
    groups = [
        (_("What customers experience"), list(_experience(f))),
        (_("How we answer"), list(_answers(f))),
        (_("What becomes of it"), list(_business(f))),
    ]
    return [(heading, lines) for heading, lines in groups if lines]


def _experience(f: MonthFigures) -> Iterator[Line]:
    yield _count(pgettext("report", "Contacts"), f.contacts, f.contacts_before)
    yield _score(_("Satisfaction"), f.satisfaction, f.satisfaction_before, 1, f.satisfaction_target)
    yield _score(_("NPS"), f.nps, f.nps_before, 0, f.targets.nps if f.targets else None)
    yield _score(_("Ease for customers"), f.effort, f.effort_before, 1, None)
    if f.responses is not None:
        yield _responses(f.responses, f.responses_before)
    if f.voices is not None:
        yield _count(pgettext("report", "Praise"), f.voices.praise, f.voices.praise_before)
        yield _count(_("Criticism"), f.voices.criticism, f.voices.criticism_before)


def _answers(f: MonthFigures) -> Iterator[Line]:
    yield _count(_("Enquiries"), f.enquiries, f.enquiries_before)
    target = f.targets.promises if f.targets else None
    yield _share(
        _("Promises kept"), f.promises_kept, f.promises_due, f.promises_kept_before, f.promises_due_before, target
    )
    solved = sum(row.solved for row in f.levels)
    at_once = sum(row.solved_at_first_contact for row in f.levels)
    yield _share(
        _("Solved at the first contact"), at_once, solved, sum(row.solved_at_first_contact_before for row in f.levels),
        sum(row.solved_before for row in f.levels), f.targets.first_contact if f.targets else None,
    )  # fmt: skip
    escalations = sum(row.escalations for row in f.levels)
    if any(row.escalations_before is None for row in f.levels):
        yield Line(_("Transfers to a higher level"), "", num(escalations))
    else:
        escalated_before = sum(row.escalations_before or 0 for row in f.levels)
        yield _count(_("Transfers to a higher level"), escalations, escalated_before)
    yield Line(_("Open at the end"), "", num(sum(row.open_at_end for row in f.levels)))


def _business(f: MonthFigures) -> Iterator[Line]:
    if f.sales is not None:
        q = f.sales.quotations
        yield _count(_("Quotations sent"), q.sent, q.sent_before)
        if q.turnaround_min is not None:
            then = q.turnaround_min_before
            before = "–" if then is None else minutes(then) + _mark(q.sent_before)
            now = minutes(q.turnaround_min) + _mark(q.sent)
            yield Line(_("Business time until a quotation is sent"), _few(q.sent), now, before)
    yield _count(_("New customers and prospects"), f.new_customers, f.new_customers_before)
    if f.sales is not None:
        yield _count(_("Prospects who became customers"), f.sales.won, f.sales.won_before)
        yield _count(_("Lost customers"), f.sales.lost, f.sales.lost_before)
    if f.overdue:
        yield Line(_("Customers overdue for contact"), "", num(sum(row.overdue for row in f.overdue)))


def _count(name: str, now: int, before: int) -> Line:
    return Line(name, "", num(now), num(before), words.change(now, before) if now or before else "–")


def _score(name: str, score: Score | None, before: Score | None, digits: int, target: float | None) -> Line:
    if score is None:
        return Line(name, _("no answers"), "–", _value(before, digits), target=_target(target, digits))
    note = ngettext("one answer", "%(n)s answers", score.n) % {"n": num(score.n)}
    change, tone = "–", ""
    if before is not None and (score.is_uncertain or before.is_uncertain):
        change = _("too few answers")
    elif before is not None:
        change, tone = signed(score.value - before.value, digits), words.tone(score, before)
    judged = target is not None and not score.is_uncertain
    missed = target is not None and judged and score.value < target
    more = words.decimals(score, target, digits) - digits
    return Line(
        name, note, _value(score, digits, more), _value(before, digits), change, tone, _target(target, digits, more), missed, judged
    )  # fmt: skip


def _value(score: Score | None, digits: int, more: int = 0) -> str:
    if score is None:
        return "–"
    return _written(score.value, digits, more) + _mark(score.n)


def _target(target: float | None, digits: int, more: int = 0) -> str:
    return "" if target is None else _written(target, digits, more)


def _written(value: float, digits: int, more: int) -> str:
    """Points, which have no decimals of their own, are signed."""
    return signed(value, more) if digits == 0 else num(value, digits + more)


def _mark(n: int) -> str:
    return "°" if n < UNCERTAIN_BELOW else ""


def _share(name: str, part: int, whole: int, part_before: int, whole_before: int, target: int | None) -> Line:
    note = _("of %(n)s") % {"n": num(whole)} if whole >= SMALL else ""
    change, tone = "–", ""
    if whole >= SMALL and whole_before >= SMALL:
        change = words.points(part / whole, part_before / whole_before)
        tone = words.share_tone((part, whole), (part_before, whole_before))
    judged = target is not None and whole >= SMALL
    missed = target is not None and judged and round(100 * part / whole) < target
    return Line(
        name, note, words.share(part, whole), words.share(part_before, whole_before), change, tone,
        percent(target / 100) if target is not None else "", missed, judged,
    )  # fmt: skip


def _responses(now: Responses, before: Responses | None) -> Line:
    """Without a change: whoever was asked lately may still answer, so a month always starts lower than the one before ended."""
    note = (
        ngettext("of one who was asked", "of %(n)s who were asked", now.asked) % {"n": num(now.asked)}
        if now.asked
        else ""
    )
    return Line(_("Response rate"), note, words.responses(now), words.responses(before))


def _few(n: int) -> str:
    return ngettext("from one", "from %(n)s", n) % {"n": num(n)}
