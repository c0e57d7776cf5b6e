"""All figures of a report as one table for a spreadsheet: CSV as the language's spreadsheets read it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from crm.reports import words
from crm.reports.dealing_lines import dealing_lines
from crm.reports.lines import Line, Value, asked_line, count_line, responses_line, score_line
from crm.reports.measure_lines import measure_lines
from crm.reports.scopes import scope_title
from crm.reports.shape import MonthFigures
from crm.web.i18n import _, language, local_name, pgettext

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


def _lines(f: MonthFigures) -> Iterator[Line]:
    yield from _glance(f)
    for channel in f.channels:
        yield count_line(
            _("Channel"), words.channel(channel.code), pgettext("report", "Contacts"), channel.count, channel.before
        )
    for phase in f.phases:
        yield count_line(
            _("Phase"), local_name(phase), pgettext("report", "Contacts"), phase.contacts, phase.contacts_before
        )
        yield score_line(_("Phase"), local_name(phase), _("Satisfaction"), phase.satisfaction)
        if phase.responses is not None:
            yield responses_line(_("Phase"), local_name(phase), phase.responses)
            yield asked_line(_("Phase"), local_name(phase), phase.responses)
    yield from _touchpoints(f)
    for point in f.year:
        month = f"{point.month:%Y-%m}"
        yield count_line(pgettext("report", "Month"), month, pgettext("report", "Contacts"), point.contacts)
        yield score_line(pgettext("report", "Month"), month, _("Satisfaction"), point.satisfaction)
        yield score_line(pgettext("report", "Month"), month, _("NPS"), point.nps)
    yield from _enquiries(f)
    for origin in f.origins:
        yield count_line(_("Origin"), words.origin(origin.code), _("New customers"), origin.count, origin.before)
    for level in f.overdue:
        yield count_line(_("Service level"), local_name(level), _("Customers"), level.customers)
        yield count_line(_("Service level"), local_name(level), _("Overdue"), level.overdue)
    for consent in f.consents:
        about = local_name(consent)
        yield count_line(_("Consents"), about, _("Persons"), consent.persons)
        yield count_line(_("Consents"), about, _("with consent"), consent.covered)
        yield count_line(_("Consents"), about, pgettext("report", "Given"), consent.given)
        yield count_line(_("Consents"), about, pgettext("report", "Withdrawn"), consent.withdrawn)
    yield from measure_lines(f)
    yield from dealing_lines(f)


def _glance(f: MonthFigures) -> Iterator[Line]:
    section = _("At a glance")
    if f.scope is not None:
        yield count_line(section, scope_title(f.scope.code, f.scope.name), _("Customers"), f.scope.customers)
    yield count_line(section, "", pgettext("report", "Contacts"), f.contacts, f.contacts_before)
    yield score_line(section, "", _("Satisfaction"), f.satisfaction, f.satisfaction_before)
    yield count_line(section, "", _("Target"), f.satisfaction_target)
    yield score_line(section, "", _("NPS"), f.nps, f.nps_before)
    yield score_line(section, "", _("Ease for customers"), f.effort, f.effort_before)
    if f.responses is not None:
        yield responses_line(section, "", f.responses, f.responses_before)
        yield asked_line(section, "", f.responses, f.responses_before)
    yield count_line(section, "", _("Promises due"), f.promises_due, f.promises_due_before)
    yield count_line(section, "", _("Promises kept"), f.promises_kept, f.promises_kept_before)


def _touchpoints(f: MonthFigures) -> Iterator[Line]:
    section = _("Touchpoint")
    for one in f.touchpoints:
        name = local_name(one)
        yield count_line(section, name, pgettext("report", "Contacts"), one.contacts, one.contacts_before)
        yield count_line(section, name, _("of these marked"), one.marked)
        yield count_line(section, name, _("Low answers"), one.low_answers)
        yield count_line(section, name, _("Target"), one.target)
        yield score_line(section, name, _("Satisfaction"), one.satisfaction, one.satisfaction_before)
        yield score_line(section, name, _("NPS"), one.nps)
        yield score_line(section, name, _("Ease for customers"), one.effort)
        yield score_line(section, name, _("Staff's view"), one.staff)
        if one.responses is not None:
            yield responses_line(section, name, one.responses)
            yield asked_line(section, name, one.responses)


def _enquiries(f: MonthFigures) -> Iterator[Line]:
    for row in f.promises:
        about = local_name(row)
        yield count_line(_("Service level"), about, _("First response kept"), row.first_kept)
        yield count_line(_("Service level"), about, _("First response missed"), row.first_missed)
        yield count_line(_("Service level"), about, _("Solution kept"), row.solution_kept)
        yield count_line(_("Service level"), about, _("Solution missed"), row.solution_missed)
    for level in f.levels:
        about = _("Level %(n)s") % {"n": level.level}
        yield count_line(_("Competence level"), about, pgettext("report", "Opened"), level.opened, level.opened_before)
        yield count_line(
            _("Competence level"), about, pgettext("report", "Solved"), level.solved, level.solved_before or None
        )
        yield count_line(
            _("Competence level"), about, _("Solved at the first contact"), level.solved_at_first_contact,
            level.solved_at_first_contact_before if level.solved_before else None,
        )  # fmt: skip
        yield count_line(
            _("Competence level"), about, _("Transfers to a higher level"), level.escalations, level.escalations_before
        )
        yield count_line(_("Competence level"), about, _("Open at the end"), level.open_at_end)
    for topic in f.topics:
        yield count_line(
            _("Topic"), local_name(topic) or _("without topic"), _("Enquiries"), topic.opened, topic.before
        )
    for kind in f.kinds:
        yield count_line(_("Kind"), words.kind(kind.code), _("Enquiries"), kind.count, kind.before)
    for cause in f.causes:
        yield count_line(_("Cause"), words.cause(cause.code), _("Enquiries"), cause.count, cause.before)
