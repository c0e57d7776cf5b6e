"""The words of observations."""

from __future__ import annotations

from crm.customers.words import CHANNELS
from crm.web.i18n import N_, _, word

_TITLES = {
    "review": N_("Review on %(source)s"), "press": N_("Press report in %(source)s"), "word_of_mouth": N_("Heard from %(source)s"),
}  # fmt: skip
_PLAIN = {"review": N_("Review"), "press": N_("Press report"), "word_of_mouth": N_("Word of mouth")}


def shown_source(channel: str, source: str) -> str:
    """ "Review on Küchenstimmen.example": what an observation is called."""
    if source:
        title = _TITLES.get(channel)
        return _(title) % {"source": source} if title else f"{word(CHANNELS, channel)}: {source}"
    return _(_PLAIN[channel]) if channel in _PLAIN else word(CHANNELS, channel)


def text_of(text: str, source: str, rating: int | None, link: str) -> str:
    """What the enquiry says: the words as they stood there, and where that was."""
    rated = _("%(rating)s of 5") % {"rating": rating} if rating else ""
    where = " · ".join(filter(None, (source, rated, link)))
    return f"{text}\n\n({where})" if where else text
