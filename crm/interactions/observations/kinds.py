"""Which contact events can be observed, and what is usual for each."""

from __future__ import annotations

from crm.interactions.tables import Channel

OBSERVED = (Channel.REVIEW, Channel.PRESS, Channel.WORD_OF_MOUTH, Channel.SOCIAL, Channel.WEB, Channel.OTHER)
"""The channels of observations, the most frequent first."""

USUAL_TOUCHPOINT = {
    Channel.REVIEW: "review_portal", Channel.PRESS: "press_report", Channel.WORD_OF_MOUTH: "recommendation",
    Channel.SOCIAL: "social_media", Channel.WEB: "website",
}  # fmt: skip
"""Where an observation of this channel was made if nobody says otherwise; the touchpoint must be in use."""

NAMELESS = frozenset({Channel.WORD_OF_MOUTH, Channel.OTHER})
"""Channels on which the source may stay unnamed."""
