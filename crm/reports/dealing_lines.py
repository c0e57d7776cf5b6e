"""The lines of the attached table about quotations, customers won and lost, praise and criticism, departments, products, requests
and targets."""

from __future__ import annotations

from collections.abc import Iterator

from crm.reports import chapters, words
from crm.reports.figures_voices import Place
from crm.reports.lines import Line, asked_line, count_line, responses_line, score_line
from crm.reports.shape import MonthFigures
from crm.web.i18n import _, local_name, pgettext


def dealing_lines(f: MonthFigures) -> Iterator[Line]:
    """What reports know since they tell of it; earlier ones have no such lines."""
    if f.targets is not None:
        yield count_line(_("Target"), "", _("NPS"), f.targets.nps)
        yield count_line(_("Target"), "", _("Promises kept (percent)"), f.targets.promises)
        yield count_line(_("Target"), "", _("Solved at the first contact (percent)"), f.targets.first_contact)
    yield from _sales(f)
    yield from _voices(f)
    for row in f.requests or ():
        section, about = _("Data protection request"), words.request(row.code)
        yield count_line(section, about, pgettext("report", "Received"), row.received, row.before)
        yield count_line(section, about, pgettext("report", "Settled"), row.settled)
        yield count_line(section, about, _("of these in time"), row.in_time)
        yield count_line(section, about, _("Open at the end"), row.open)
        yield count_line(section, about, _("of these overdue"), row.overdue)


def _sales(f: MonthFigures) -> Iterator[Line]:
    if f.sales is None:
        return
    section, q = _("Quotations"), f.sales.quotations
    yield count_line(section, "", _("asked for"), q.requested, q.requested_before)
    yield count_line(section, "", _("sent"), q.sent, q.sent_before)
    yield count_line(section, "", _("accepted"), q.accepted, q.accepted_before)
    yield count_line(section, "", _("declined"), q.declined, q.declined_before)
    turnaround = _("Minutes of business time until sent (median)")
    yield count_line(section, "", turnaround, q.turnaround_min, q.turnaround_min_before)
    yield count_line(section, "", _("Minutes of business time until sent (longest)"), q.longest_min)
    yield count_line(section, "", _("Minutes of business time until decided (median)"), q.decision_min)
    yield count_line(section, "", _("waiting for us at the end"), q.waiting)
    yield count_line(section, "", _("waiting for the customer at the end"), q.undecided)
    for code, n in q.declines:
        yield count_line(section, chapters.decline_reason(code), _("declined"), n)
    yield count_line(_("Customers"), "", _("Prospects who became customers"), f.sales.won, f.sales.won_before)
    for step in f.sales.conversion:
        about = local_name(step) or _("All prospects")
        yield count_line(_("Conversion"), about, _("Prospects"), step.prospects)
        yield count_line(_("Conversion"), about, _("became customers"), step.converted)
        yield count_line(_("Conversion"), about, pgettext("report", "Lost"), step.lost)
        yield count_line(_("Conversion"), about, _("Days until then (median)"), step.median_days)
    for row in f.sales.losses:
        yield count_line(
            _("Lost customers"), chapters.loss_reason(row.code), pgettext("report", "Lost"), row.count, row.before
        )
    for row in f.sales.lost_at:
        yield count_line(_("Lost customers"), local_name(row), _("last seen there"), row.count, row.before)


def _voices(f: MonthFigures) -> Iterator[Line]:
    if f.voices is None:
        return
    for voice in f.voices.touchpoints:
        about = local_name(voice) or _("without touchpoint")
        yield count_line(_("Touchpoint"), about, _("Criticism"), voice.criticism, voice.criticism_before)
        yield count_line(_("Touchpoint"), about, pgettext("report", "Praise"), voice.praise, voice.praise_before)
    for heading in f.voices.headings:
        about = words.feedback_heading(heading.category, heading.heading)
        yield count_line(pgettext("report", "Heading"), about, _("Criticism"), heading.criticism)
        yield count_line(pgettext("report", "Heading"), about, pgettext("report", "Praise"), heading.praise)
    yield count_line(_("At a glance"), "", _("Expectations"), f.voices.expectations)
    for section, places in ((_("Department"), f.voices.departments), (_("Product"), f.voices.products)):
        for place in places:
            yield from _place(section, place)


def _place(section: str, place: Place) -> Iterator[Line]:
    about = local_name(place)
    yield count_line(section, about, _("Enquiries"), place.opened, place.before)
    yield count_line(section, about, _("Complaints"), place.complaints)
    yield count_line(section, about, _("Hours until the first response (median)"), place.first_hours)
    yield count_line(section, about, _("Hours until solved (median)"), place.solution_hours)
    if place.contacts or place.satisfaction or place.praise or place.criticism:
        yield count_line(section, about, pgettext("report", "Contacts"), place.contacts)
        yield score_line(section, about, _("Satisfaction"), place.satisfaction)
        if place.responses is not None:
            yield responses_line(section, about, place.responses)
            yield asked_line(section, about, place.responses)
        yield count_line(section, about, _("Criticism"), place.criticism)
        yield count_line(section, about, pgettext("report", "Praise"), place.praise)
