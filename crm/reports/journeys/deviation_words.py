"""The deviation from an intended journey in sentences, each with the way to the contacts behind it and to a measure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from crm.customers.words import CHANNELS
from crm.improvement.intended.forms import shown_aim
from crm.improvement.intended.queries import Step
from crm.reports.journeys.deviation import Deviation, OrderKept, Reached, StepMeasured, Swap, Unplanned, Use
from crm.touchpoints.statistics import UNCERTAIN_BELOW, Estimate
from crm.web.formats import num, percent
from crm.web.i18n import _, language, local_name, ngettext

Href = Callable[[str], str]
"""The address of the contacts behind a touchpoint (its code)."""
MOST_UNPLANNED = 6


@dataclass(frozen=True, slots=True)
class Said:
    """One deviation: a sentence, the contacts behind it (text and address), the measure that could answer it (an address, empty where
    none fits), and whether it is worth a warning colour."""

    text: str
    links: tuple[tuple[str, str], ...] = ()
    measure: str = ""
    is_alarming: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What was looked at, what was found; without findings the sentence says that all is as planned."""

    title: str
    found: list[Said]
    otherwise: str
    more: int = 0


def parts_of(found: Deviation, href: Href) -> list[Part]:
    """The deviation part by part, in the order in which one reads it."""
    return [
        Part(_("Planned and not used"), _unused(found, href), _("Every planned touchpoint is used.")),
        Part(
            _("Contacts where none are planned"), [_unplanned(one, href) for one in found.unplanned[:MOST_UNPLANNED]],
            _("All contacts are at planned touchpoints.") if found.contacts else _("There were no contacts in this period."),
            max(0, len(found.unplanned) - MOST_UNPLANNED),
        ),
        Part(_("Satisfaction and its aim"), _below(found, href), _none_below(found)),
        Part(_("Sequence"), _order(found.order, href), ""),
        Part(_("Channels"), [_channels(one, href) for one in found.steps if one.other], _no_channels(found)),
    ]  # fmt: skip


def summary(found: Deviation) -> str:
    """How close reality is to the plan, in a sentence."""
    live = [one for one in found.steps if not one.step.is_retired]
    used = sum(one.use is Use.USED for one in live)
    reached = sum(one.reached is Reached.REACHED for one in live)
    judged = sum(one.reached not in (Reached.NO_ANSWERS, Reached.TOO_FEW) for one in live)
    return "; ".join(filter(None, (_used(used, len(live)), _aim_reached(reached, judged)))) + "."


def _used(used: int, planned: int) -> str:
    if planned == 1:
        return _("The one planned touchpoint is used") if used else _("The one planned touchpoint is not used")
    text = ngettext(
        "One of %(all)s planned touchpoints is used", "%(used)s of %(all)s planned touchpoints are used", used
    )
    return text % {"used": num(used), "all": num(planned)}


def _aim_reached(reached: int, judged: int) -> str:
    if judged == 0:
        return ""
    if judged == 1 and reached:
        return _("the aim is reached at the only one with enough answers")
    if judged == 1:
        return _("the aim is missed at the only one with enough answers")
    text = ngettext(
        "the aim is reached at one of %(judged)s with enough answers",
        "the aim is reached at %(reached)s of %(judged)s with enough answers", reached,
    )  # fmt: skip
    return text % {"reached": num(reached), "judged": num(judged)}


def measure_href(step_code: str, name: str, goal: str, *, metric: str, target: float | None = None) -> str:
    """The form of a measure, with what is known filled in."""
    values = {"touchpoint": step_code, "metric": metric, "name": name[:120], "goal": goal}
    if target is not None:
        values["target"] = num(target, 2).rstrip("0").rstrip(",.")
    return f"/measures/new?{urlencode(values)}"


def _behind(step: Step, href: Href) -> tuple[tuple[str, str], ...]:
    return ((_("contacts behind it"), href(step.code)),)


def _unused(found: Deviation, href: Href) -> list[Said]:
    return [said for one in found.steps if (said := _use(one, found.customers, href)) is not None]


def _use(one: StepMeasured, customers: int, href: Href) -> Said | None:
    step, name = one.step, local_name(one.step)
    if step.is_retired:
        words = {"name": name, "other": step.replacement and getattr(step, f"replacement_{language.get()}")}
        if step.replacement:
            return Said(_("“%(name)s” is retired; “%(other)s” takes its place. Change the plan.") % words)
        return Said(_("“%(name)s” is retired. Take it out of the plan.") % words)
    if step.state == "planned" and one.contacts == 0:
        return Said(_("“%(name)s” is planned in the catalogue and not in use yet.") % {"name": name})
    if one.use is Use.NONE:
        text = _("At “%(name)s” nobody had contact in this period.") % {"name": name}
        return Said(text, (), _revive(step, text), is_alarming=True)
    if one.use is Use.RARE:
        text = ngettext(
            "At “%(name)s” only one of %(all)s customers had contact.", "At “%(name)s” only %(n)s of %(all)s customers had contact.",
            one.customers,
        ) % {"name": name, "n": num(one.customers), "all": num(customers)}  # fmt: skip
        return Said(text, _behind(step, href), _revive(step, text))
    return None


def _revive(step: Step, text: str) -> str:
    name = _("Bring “%(name)s” to life") % {"name": local_name(step)}
    return measure_href(step.code, name, text, metric="volume")


def _unplanned(one: Unplanned, href: Href) -> Said:
    words = {"name": local_name(one), "num": num(one.contacts), "share": percent(one.share / 100)}
    text = ngettext(
        "“%(name)s” is not planned, and there was one contact (%(share)s of all).",
        "“%(name)s” is not planned, and there were %(num)s contacts (%(share)s of all).", one.contacts,
    ) % words  # fmt: skip
    name = _("Fewer contacts at “%(name)s”") % words
    return Said(text, ((_("contacts behind it"), href(one.code)),), measure_href(one.code, name, text, metric="volume"))


def _below(found: Deviation, href: Href) -> list[Said]:
    told = [_satisfaction(one, href) for one in found.steps if not one.step.is_retired]
    return [said for said in told if said is not None]


def _none_below(found: Deviation) -> str:
    live = [one.reached for one in found.steps if not one.step.is_retired]
    if Reached.REACHED not in live:
        return _("At the planned touchpoints nobody answered in this period.")
    if Reached.NO_ANSWERS in live:
        return _("Wherever customers answered, the aim is reached.")
    return _("Everywhere the aim is reached.")


def _satisfaction(one: StepMeasured, href: Href) -> Said | None:
    step, figure = one.step, one.satisfaction
    words = {"name": local_name(step), "aim": shown_aim(step.aim)}
    if figure is None:
        return None if one.contacts == 0 else Said(
            _("“%(name)s”: no answers, aim %(aim)s. Ask there.") % words, ((_("Surveys"), "/surveys"),)
        )  # fmt: skip
    if figure.is_uncertain:
        text = _("“%(name)s”: too few answers (%(n)s), aim %(aim)s.") % {**words, "n": num(figure.n)}
        return Said(text, _behind(step, href))
    if one.reached is Reached.REACHED:
        return None
    text = _("“%(name)s”: %(value)s instead of %(aim)s, from %(n)s answers (95 %% interval %(low)s to %(high)s).") % {
        **words, **_figure(figure, step.aim),
    }  # fmt: skip
    clear = one.reached is Reached.CLEARLY_BELOW
    if not clear:
        text = " ".join((text, _("This may be chance.")))
    name = _("“%(name)s”: satisfaction up to %(aim)s") % words
    return Said(text, _behind(step, href), measure_href(step.code, name, text, metric="csat", target=step.aim), clear)


def _figure(figure: Estimate, aim: float) -> dict[str, str]:
    """Two digits where one would hide the difference from the aim."""
    low, high = figure.interval or (figure.value, figure.value)
    digits = 2 if round(figure.value, 1) == round(aim, 1) else 1
    return {"value": num(figure.value, digits), "n": num(figure.n), "low": num(low, 1), "high": num(high, 1)}


def _order(order: OrderKept, href: Href) -> list[Said]:
    if order.share is None:
        return [Said(_("Nobody had contact at two planned touchpoints in this period: there is no order to compare."))]
    n = order.share.n
    words = {"kept": num(order.kept), "num": num(n), "share": percent(order.share.value / 100)}
    if n < UNCERTAIN_BELOW:
        text = ngettext(
            "Too few customers to judge: one had contact at two or more planned touchpoints.",
            "Too few customers to judge: %(num)s had contact at two or more planned touchpoints.", n,
        )  # fmt: skip
        return [Said(text % words)]
    low, high = order.share.interval or (0.0, 100.0)
    words |= {"low": percent(low / 100), "high": percent(high / 100)}
    text = _(
        "%(kept)s of %(num)s customers (%(share)s, 95 %% interval %(low)s to %(high)s) followed the planned order."
    )
    return [Said(text % words), *(_swap(one, href) for one in order.swaps)]


def _swap(one: Swap, href: Href) -> Said:
    first, second = local_name(one.first), local_name(one.second)
    text = _("%(n)s of %(all)s customers got to “%(second)s” before “%(first)s”; planned is the other way round.") % {
        "n": num(one.other_way), "all": num(one.n), "first": first, "second": second,
    }  # fmt: skip
    name = _("“%(first)s” before “%(second)s”") % {"first": first, "second": second}
    links = ((first, href(one.first.code)), (second, href(one.second.code)))
    return Said(text, links, measure_href(one.first.code, name, text, metric="csat", target=one.first.aim))


def _channels(one: StepMeasured, href: Href) -> Said:
    step = one.step
    words = {
        "name": local_name(step), "n": num(one.other.total()), "all": num(one.contacts),
        "share": percent(one.other.total() / one.contacts), "planned": channel_names(step.channels), "other": _counted(one.other),
    }  # fmt: skip
    text = (
        _("“%(name)s”: %(n)s of %(all)s contacts (%(share)s) over other channels (%(other)s); planned: %(planned)s.")
        % words
    )
    name = _("“%(name)s” over the planned channels") % words
    return Said(text, _behind(step, href), measure_href(step.code, name, text, metric="csat", target=step.aim))


def _no_channels(found: Deviation) -> str:
    if not any(one.contacts for one in found.steps):
        return _("At the planned touchpoints there were no contacts in this period.")
    return _("At each planned touchpoint more than nine in ten contacts come over the planned channels.")


def channel_names(codes: tuple[str, ...]) -> str:
    return ", ".join(_(CHANNELS[code]) for code in codes if code in CHANNELS)


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{_(CHANNELS[code])} {num(n)}" for code, n in counts.most_common() if code in CHANNELS)
