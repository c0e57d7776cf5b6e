"""A score in a sentence: which figures it rests on and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from crm.web.formats import money, num, percent
from crm.web.i18n import N_, _, ngettext


@dataclass(frozen=True, slots=True)
class Score:
    """A customer's scores with all inputs. `abc_a` and `abc_b` are the limits (percent) that held."""

    computed_at: datetime
    abc_class: str
    computed_class: str
    revenue: Decimal
    share: float
    share_before: float
    rank: int
    compared: int
    orders: int
    last_order_on: date | None
    recency_days: int | None
    recency: int | None
    frequency: int | None
    monetary: int | None
    rfm: str
    abc_a: int
    abc_b: int


WHY_NOT = {
    "restricted": N_(
        "No customer value: these data are restricted, they are stored and used for nothing else (GDPR Art. 18)."
    ),
    "deleted": N_("No customer value: the customer is deleted."),
    "no_profiling_consent": N_(
        "No customer value: %(name)s is a private person and has not explicitly agreed to one. It may be computed once the "
        "consent is recorded."
    ),
    "objected": N_("No customer value: %(name)s has objected to it."),
    "no_orders": N_("No customer value yet: there is no order."),
    "not_yet": N_("No customer value yet: it is computed in the coming night."),
}

GROUPS = {
    "best": N_("Orders lately, often and for much: one of the best customers."),
    "fading": N_("Used to order often, but not lately: worth a call."),
    "beginning": N_("Has only just begun to order."),
    "gone": N_("Has ordered rarely, and not for a long time."),
    "middle": N_("In the middle of the field."),
}


def why_not_sentence(code: str, name: str) -> str:
    return _(WHY_NOT[code]) % {"name": name}


def abc_sentence(name: str, score: Score) -> str:
    """What the computed class rests on."""
    words = {
        "name": name, "class": score.computed_class, "revenue": money(score.revenue), "share": percent(score.share, 2),
        "before": percent(score.share_before, 1), "compared": num(score.compared), "a": score.abc_a, "b": score.abc_b,
        "rank": num(score.rank),
    }  # fmt: skip
    if score.revenue <= 0:
        return _("%(name)s is in class C: the orders have brought no revenue.") % words
    if score.rank == 1:
        return (
            _(
                "%(name)s is in class A: with %(revenue)s, %(share)s of all revenue, nobody is ahead (%(compared)s customers compared)."
            )
            % words
        )
    sentences = {
        "A": _(
            "%(name)s is in class A: %(revenue)s are %(share)s of all revenue, place %(rank)s of %(compared)s. Those ahead carry "
            "%(before)s of it together, and A goes up to %(a)s %%."
        ),
        "B": _(
            "%(name)s is in class B: %(revenue)s are %(share)s of all revenue, place %(rank)s of %(compared)s. Those ahead carry "
            "%(before)s of it together; B begins at %(a)s %% and goes up to %(b)s %%."
        ),
        "C": _(
            "%(name)s is in class C: %(revenue)s are %(share)s of all revenue, place %(rank)s of %(compared)s. Those ahead carry "
            "%(before)s of it together, and C begins at %(b)s %%."
        ),
    }
    return sentences[score.computed_class] % words


def rfm_group(score: Score) -> str:
    """Which of the GROUPS fits; empty without RFM."""
    r, f, m = score.recency or 0, score.frequency or 0, score.monetary or 0
    if not score.rfm:
        return ""
    if min(r, f, m) >= 4:
        return "best"
    if r <= 2 and f >= 4:
        return "fading"
    if r >= 4 and f <= 2:
        return "beginning"
    return "gone" if r <= 2 and f <= 2 else "middle"


def rfm_sentence(score: Score) -> str:
    """What RFM rests on; empty where too few customers are compared."""
    if not score.rfm:
        return _("RFM needs at least five customers with orders to compare.")
    days = score.recency_days or 0
    last = ngettext("one day ago", "%(num)s days ago", days) % {"num": num(days)} if days else _("today")
    words = {
        "group": _(GROUPS[rfm_group(score)]), "last": last, "r": score.recency, "f": score.frequency, "m": score.monetary,
        "orders": ngettext("one order", "%(num)s orders", score.orders) % {"num": num(score.orders)},
        "revenue": money(score.revenue),
    }  # fmt: skip
    return (
        _(
            "%(group)s The last order was %(last)s (%(r)s of 5), %(orders)s (%(f)s of 5) for %(revenue)s in all (%(m)s of 5); "
            "5 is the best fifth."
        )
        % words
    )
