"""Two or three sentences about a department or a product, and its figures against those of the stretch before, as lines of a table."""

from __future__ import annotations

from crm.reports import words
from crm.reports.glance import Line
from crm.reports.places.ranking import Concern, Ranked
from crm.reports.places.shape import Numbers, PlaceFigures, Sort, Wait
from crm.reports.span_words import before, when
from crm.reports.spans import Span
from crm.web.formats import minutes, num, signed
from crm.web.i18n import _, ngettext, pgettext


def told(figures: PlaceFigures, span: Span, *, is_running: bool) -> list[str]:
    """How many enquiries, how satisfied, how long they waited, what was said. Where a figure is missing, so is its sentence."""
    now = figures.now
    found = [_enquiries(figures, span, is_running), _satisfaction(now), _waited(now), _voices(now)]
    return [sentence for sentence in found if sentence]


def _enquiries(figures: PlaceFigures, span: Span, is_running: bool) -> str:
    now, then = figures.now.opened, figures.before.opened
    values = {"when": when(span), "n": num(now), "before": before(span), "then": num(then)}
    if figures.place.sort is Sort.DEPARTMENT:
        one = ngettext("%(when)s one enquiry came in there", "%(when)s %(n)s enquiries came in there", now)
        none = _("%(when)s no enquiry came in there")
    else:
        one = ngettext(
            "%(when)s one enquiry was about this product", "%(when)s %(n)s enquiries were about this product", now
        )
        none = _("%(when)s no enquiry was about this product")
    compared = _(" (%(before)s: %(then)s)") if then and not is_running else ""
    return ((one if now else none) + compared) % values + "."


def _satisfaction(now: Numbers) -> str:
    score = now.satisfaction
    if score is None:
        return ""
    digits = words.decimals(score, now.target)
    values = {"value": num(score.value, digits), "n": num(score.n)}
    if score.is_uncertain:
        return ngettext(
            "Only one customer said how satisfied they were; that is too little for a statement.",
            "Only %(n)s customers said how satisfied they were; that is too little for a statement.", score.n,
        ) % values  # fmt: skip
    if now.target is None:
        return _("Customers' satisfaction is %(value)s of 5 (%(n)s answers).") % values
    gap = round(now.target, digits) - round(score.value, digits)
    values |= {"gap": num(gap, digits), "target": num(now.target, digits)}
    if score.value < now.target:
        return _("Customers' satisfaction is %(value)s of 5 (%(n)s answers), %(gap)s below the target.") % values
    return _("Customers' satisfaction is %(value)s of 5 (%(n)s answers); the target of %(target)s is reached.") % values


def _waited(now: Numbers) -> str:
    if now.first.minutes is None or now.first.is_uncertain:
        return ""
    return _("Half of the customers had their first response after at most %(time)s of business time.") % {
        "time": minutes(now.first.minutes)
    }


def _voices(now: Numbers) -> str:
    values = {"criticism": words.times(now.criticism), "praise": words.times(now.praise)}
    if now.criticism and now.praise:
        return _("They criticised %(criticism)s and praised %(praise)s.") % values
    if now.criticism:
        return _("They criticised %(criticism)s; no praise was noted.") % values
    if now.praise:
        return _("They praised %(praise)s; no criticism was noted.") % values
    return ""


def lines(figures: PlaceFigures) -> list[Line]:
    """Each figure now, before, its change and its target."""
    now, then = figures.now, figures.before
    found = [_count(_("Enquiries"), now.opened, then.opened), _count(_("Complaints"), now.complaints, then.complaints)]
    if figures.place.sort is Sort.DEPARTMENT:
        found.insert(0, _count(pgettext("report", "Contacts"), now.contacts, then.contacts))
    found += [
        _satisfied(now, then),
        *_asked(now, then),
        _count(_("Criticism"), now.criticism, then.criticism),
        _count(pgettext("report", "Praise"), now.praise, then.praise),
        _wait(_("First response after"), now.first, then.first),
        _wait(_("Solved after"), now.solution, then.solution),
    ]
    return found


def _count(name: str, now: int, then: int) -> Line:
    return Line(name, "", num(now), num(then), words.change(now, then) if now or then else "–")


def _satisfied(now: Numbers, then: Numbers) -> Line:
    name, score, earlier = _("Satisfaction"), now.satisfaction, then.satisfaction
    target = num(now.target, 1) if now.target is not None else ""
    past = "–" if earlier is None else num(earlier.value, 1) + ("°" if earlier.is_uncertain else "")
    if score is None:
        return Line(name, hidden() if now.is_hidden else _("no answers"), "–", past, target=target)
    note = ngettext("one answer", "%(n)s answers", score.n) % {"n": num(score.n)}
    if score.low is not None:
        note += ", " + words.interval(score)
    change, tone = "–", ""
    if earlier is not None and (score.is_uncertain or earlier.is_uncertain):
        change = _("too few answers")
    elif earlier is not None:
        change, tone = signed(score.value - earlier.value, 1), words.tone(score, earlier)
    judged = now.target is not None and not score.is_uncertain
    missed = judged and now.target is not None and score.value < now.target
    digits = words.decimals(score, now.target)
    shown = num(score.value, digits) + ("°" if score.is_uncertain else "")
    if now.target is not None:
        target = num(now.target, digits)
    return Line(name, note, shown, past, change, tone, target, missed, judged)


def _asked(now: Numbers, then: Numbers) -> list[Line]:
    """The response rate, for departments. Without a change: whoever was asked lately may still answer."""
    if now.responses is None:
        return []
    n = now.responses.asked
    note = (
        ngettext("of one who was asked", "of %(n)s who were asked", n) % {"n": num(n)} if n else _("nobody was asked")
    )
    return [Line(_("Response rate"), note, words.responses(now.responses), words.responses(then.responses))]


def _wait(name: str, now: Wait, then: Wait) -> Line:
    note = ngettext("from one", "from %(n)s", now.n) % {"n": num(now.n)} if now.n else ""
    change = "–"
    if now.minutes is not None and then.minutes is not None:
        if now.is_uncertain or then.is_uncertain:
            change = _("too few")
        else:
            difference = round(now.minutes) - round(then.minutes)
            change = ("+" if difference > 0 else "−" if difference < 0 else "±") + minutes(abs(difference))
    return Line(name, note, waited(now), waited(then), change)


def waited(wait: Wait) -> str:
    """ "2 h 10 min", with ° from fewer than five."""
    return "–" if wait.minutes is None else minutes(wait.minutes) + ("°" if wait.is_uncertain else "")


def hidden() -> str:
    return _("not told: fewer than five anonymous answers")


def concern(one: Ranked) -> str:
    """Why a place stands where it does."""
    if one.concern is Concern.BELOW_TARGET:
        return _("%(gap)s below the target") % {"gap": num(max(0.1, round(one.gap, 1)), 1)}
    return {
        Concern.CRITICISED: _("more criticism than praise"), Concern.FINE: _("in order"),
        Concern.UNKNOWN: _("too little is known"),
    }[one.concern]  # fmt: skip
