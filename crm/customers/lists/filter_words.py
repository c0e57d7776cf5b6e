"""The filters in words: the chips of what is said, and the choices of the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.customers.lists.listing import ListView
from crm.customers.lists.views import Around
from crm.customers.words import KINDS, ORIGINS, STATUSES
from crm.service_levels.queries import ServiceLevelRow
from crm.web.formats import money
from crm.web.i18n import N_, _, local_name, ngettext, word

DUE = {"overdue": N_("Contact overdue"), "7": N_("Contact due within 7 days"), "30": N_("Contact due within 30 days")}
DAYS = (30, 60, 90, 180, 365, 730)
LABELS = {
    "q": N_("Search"), "owner": N_("Owner"), "deputy": N_("Deputy"), "team": N_("Team"), "status": N_("Status"),
    "service_level": N_("Service level"), "tag": N_("Tags"), "origin": N_("How they heard of us"), "kind": N_("Kind"),
    "place": N_("City or postcode"), "due": N_("Next contact"), "no_contact": N_("No contact for"), "open": N_("Enquiries"),
    "revenue_from": N_("Revenue from"), "revenue_below": N_("Revenue below"), "no_order": N_("No order for"),
    "unchecked": N_("Not checked for"), "lacking": N_("Master data"), "new": N_("New in the last"), "class": N_("ABC class"),
    "quiet": N_("Orders"), "rfm": N_("RFM group"),
}  # fmt: skip

RFM = {
    "best": N_("Best customers"), "fading": N_("Used to order often, not lately"), "beginning": N_("Only just begun"),
    "gone": N_("Rarely, and long ago"), "middle": N_("In the middle"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is said, and the address of the list without it."""

    text: str
    without: str


def days_text(days: str) -> str:
    count = int(days)
    return ngettext("%(num)s day", "%(num)s days", count) % {"num": count}


def chips(view: ListView, around: Around, levels: Sequence[ServiceLevelRow]) -> list[Chip]:
    """What is said beside the search, each with the way to take it back."""
    return [
        Chip(text, view.href(**{name: ""}))
        for name, value in view.asked.items()
        if name not in ("q", "show") and (text := in_words(name, value, around, levels))
    ]


def in_words(name: str, value: str, around: Around, levels: Sequence[ServiceLevelRow]) -> str:
    """ "Owner: Petra Lang", "Contact overdue", "No order for 180 days"."""
    whole = {
        ("owner", "me"): _("My customers"), ("owner", "none"): _("Without an owner"), ("deputy", "me"): _("I stand in"),
        ("team", "mine"): _("My team"), ("open", "yes"): _("With open enquiries"), ("open", "no"): _("Without open enquiries"),
        ("lacking", "yes"): _("Something is missing"), ("quiet", "yes"): _("Unusually quiet"),
        ("show", "mine"): _("My customers"), ("show", "overdue"): _("Contact overdue"),
        ("show", "mine-overdue"): _("Mine, overdue"),
    }.get((name, value))  # fmt: skip
    if whole:
        return whole
    if name == "due":
        return word(DUE, value)
    return _("%(label)s: %(value)s") % {"label": word(LABELS, name), "value": _value(name, value, around, levels)}


def _value(name: str, value: str, around: Around, levels: Sequence[ServiceLevelRow]) -> str:
    if name in ("owner", "deputy"):
        return dict(around.staff).get(int(value), value)
    if name == "team":
        return dict(around.teams).get(int(value), value)
    if name == "service_level":
        return {level.code: local_name(level) for level in levels}.get(value, value)
    if name in ("revenue_from", "revenue_below"):
        return money(float(value))
    if name in ("no_contact", "no_order", "unchecked", "new"):
        return days_text(value)
    words: Mapping[str, Mapping[str, str]] = {"status": STATUSES, "origin": ORIGINS, "kind": KINDS, "rfm": RFM}
    return word(words.get(name, {}), value).replace(",", ", ")


def choices(around: Around, levels: Sequence[ServiceLevelRow], view: ListView) -> dict[str, list[tuple[str, Any]]]:
    """What can be chosen in each field of the filter form; a number of days or RFM figures (5xx) that somebody typed into the
    address stay."""
    found: dict[str, list[tuple[str, Any]]] = {
        "owner": [("me", _("me")), ("none", _("nobody yet")), *((str(each), name) for each, name in around.staff)],
        "deputy": [("me", _("me")), *((str(each), name) for each, name in around.staff)],
        "team": [("mine", _("my team")), *((str(each), name) for each, name in around.teams)],
        "status": [(code, word(STATUSES, code)) for code in STATUSES],
        "service_level": [(level.code, local_name(level)) for level in levels],
        "tag": [(tag, tag) for tag in around.tags],
        "origin": [(code, word(ORIGINS, code)) for code in ORIGINS],
        "kind": [(code, word(KINDS, code)) for code in KINDS],
        "class": [(code, code) for code in "ABC"],
        "rfm": [(code, word(RFM, code)) for code in dict.fromkeys((*RFM, view.asked.get("rfm", ""))) if code],
        "due": [(code, word(DUE, code)) for code in DUE],
        "open": [("yes", _("With open enquiries")), ("no", _("Without open enquiries"))],
    }
    for name in ("no_contact", "no_order", "unchecked", "new"):
        known = {*DAYS, int(view.asked.get(name, DAYS[0]))}
        found[name] = [(str(days), days_text(str(days))) for days in sorted(known)]
    return found
