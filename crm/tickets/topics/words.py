"""Why an enquiry has its topic, in words."""

from __future__ import annotations

from crm.tickets.topics.rules import told_by
from crm.tickets.topics.suggesting import Matched
from crm.web.i18n import _

SHOWN = 4


def suggested_sentence(stored: str | None) -> str:
    """The rule that gave the topic and what made it fit; "" if somebody chose the topic."""
    told = told_by(stored)
    if told is None:
        return ""
    name, matched = told
    return _("Topic suggested by the rule “%(name)s”: %(why)s.") % {"name": name, "why": ", ".join(why(matched))}


def why(matched: list[Matched]) -> list[str]:
    words = {
        "word": _("“%(what)s”"),
        "sender": _("sender %(what)s"),
        "form": _("form %(what)s"),
        "product": _("product %(what)s"),
    }
    return [words[one.kind] % {"what": one.what} for one in matched[:SHOWN]]
