"""All figures of a report as one table for a spreadsheet: CSV as the language's spreadsheets read it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from crm.reports import words
from crm.reports.shape import MonthFigures, Score
from crm.web.i18n import _, language, local_name, pgettext

Value = float | int | None
Line = tuple[str, str, str, Value, Value, Value, Value, Value]
"""Section, what it is about, figure, value, month before, number of answers, lower and upper end of the 95 % interval."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(figures: MonthFigures) -> str:
    """In German semicolons and decimal commas, in English commas and points. Text that a spreadsheet would take for a
    formula gets an apostrophe in front."""
    is_german = language.get() == "de"
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if is_german else ",", lineterminator="\r\n")
    writer.writerow(
        (
            pgettext("report", "Section"),
            pgettext("report", "About"),
            pgettext("report", "Figure"),
            pgettext("report", "Value"),
            _("Month before"),
            _("Answers"),
            _("Interval from"),
            _("Interval to"),
        )
    )
    for line in _lines(figures):
        writer.writerow([_text(cell) if isinstance(cell, str) else _number(cell, is_german) for cell in line])
    return out.getvalue()


def _text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _number(value: Value, is_german: bool) -> str:
    if value is None:
        return ""
    shown = str(value) if isinstance(value, int) else f"{value:.3f}".rstrip("0").rstrip(".")
    return shown.replace(".", ",") if is_german else shown


def _count(section: str, about: str, figure: str, value: Value, before: Value = None) -> Line:
    return (section, about, figure, value, before, None, None, None)


def _score(section: str, about: str, figure: str, score: Score | None, before: Score | None = None) -> Line:
    last = before.value if before else None
    if score is None:
        return (section, about, figure, None, last, 0, None, None)
    return (section, about, figure, score.value, last, score.n, score.low, score.high)


def _lines(f: MonthFigures) -> Iterator[Line]:
    yield from _glance(f)
    for channel in f.channels:
        yield _count(
            _("Channel"), words.channel(channel.code), pgettext("report", "Contacts"), channel.count, channel.before
        )
    for phase in f.phases:
        yield _count(
            _("Phase"), local_name(phase), pgettext("report", "Contacts"), phase.contacts, phase.contacts_before
        )
        yield _score(_("Phase"), local_name(phase), _("Satisfaction"), phase.satisfaction)
    yield from _touchpoints(f)
    for point in f.year:
        month = f"{point.month:%Y-%m}"
        yield _count(pgettext("report", "Month"), month, pgettext("report", "Contacts"), point.contacts)
        yield _score(pgettext("report", "Month"), month, _("Satisfaction"), point.satisfaction)
        yield _score(pgettext("report", "Month"), month, _("NPS"), point.nps)
    yield from _enquiries(f)
    for origin in f.origins:
        yield _count(_("Origin"), words.origin(origin.code), _("New customers"), origin.count, origin.before)
    for level in f.overdue:
        yield _count(_("Service level"), local_name(level), _("Customers"), level.customers)
        yield _count(_("Service level"), local_name(level), _("Overdue"), level.overdue)
    for consent in f.consents:
        about = local_name(consent)
        yield _count(_("Consents"), about, _("Persons"), consent.persons)
        yield _count(_("Consents"), about, _("with consent"), consent.covered)
        yield _count(_("Consents"), about, pgettext("report", "Given"), consent.given)
        yield _count(_("Consents"), about, pgettext("report", "Withdrawn"), consent.withdrawn)


def _glance(f: MonthFigures) -> Iterator[Line]:
    section = _("At a glance")
    yield _count(section, "", pgettext("report", "Contacts"), f.contacts, f.contacts_before)
    yield _score(section, "", _("Satisfaction"), f.satisfaction, f.satisfaction_before)
    yield _count(section, "", _("Target"), f.satisfaction_target)
    yield _score(section, "", _("NPS"), f.nps, f.nps_before)
    yield _score(section, "", _("Effort"), f.effort)
    yield _count(section, "", _("Promises due"), f.promises_due, f.promises_due_before)
    yield _count(section, "", _("Promises kept"), f.promises_kept, f.promises_kept_before)


def _touchpoints(f: MonthFigures) -> Iterator[Line]:
    section = _("Touchpoint")
    for one in f.touchpoints:
        name = local_name(one)
        yield _count(section, name, pgettext("report", "Contacts"), one.contacts, one.contacts_before)
        yield _count(section, name, _("of these marked"), one.marked)
        yield _count(section, name, _("Low answers"), one.low_answers)
        yield _count(section, name, _("Target"), one.target)
        yield _score(section, name, _("Satisfaction"), one.satisfaction, one.satisfaction_before)
        yield _score(section, name, _("NPS"), one.nps)
        yield _score(section, name, _("Effort"), one.effort)
        yield _score(section, name, _("Staff's view"), one.staff)


def _enquiries(f: MonthFigures) -> Iterator[Line]:
    for row in f.promises:
        about = local_name(row)
        yield _count(_("Service level"), about, _("First response kept"), row.first_kept)
        yield _count(_("Service level"), about, _("First response missed"), row.first_missed)
        yield _count(_("Service level"), about, _("Solution kept"), row.solution_kept)
        yield _count(_("Service level"), about, _("Solution missed"), row.solution_missed)
    for level in f.levels:
        about = _("Level %(n)s") % {"n": level.level}
        yield _count(_("Competence level"), about, pgettext("report", "Opened"), level.opened, level.opened_before)
        yield _count(_("Competence level"), about, pgettext("report", "Solved"), level.solved)
        yield _count(_("Competence level"), about, _("Solved at the first contact"), level.solved_at_first_contact)
        yield _count(_("Competence level"), about, _("Transfers to a higher level"), level.escalations)
        yield _count(_("Competence level"), about, _("Open at the end"), level.open_at_end)
    for topic in f.topics:
        yield _count(_("Topic"), local_name(topic) or _("without topic"), _("Enquiries"), topic.opened, topic.before)
    for kind in f.kinds:
        yield _count(_("Kind"), words.kind(kind.code), _("Enquiries"), kind.count, kind.before)
    for cause in f.causes:
        yield _count(_("Cause"), words.cause(cause.code), _("Enquiries"), cause.count, cause.before)
