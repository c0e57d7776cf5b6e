"""What the ratings are called."""

from __future__ import annotations

from crm.web.i18n import N_

ASPECTS = {
    "understanding": N_("Understanding"),
    "tone": N_("Tone"),
    "solution": N_("Solution"),
    "language": N_("Clear language"),
}
"""The columns of a review that hold a rating, in the order of the form."""

QUESTIONS = {
    "understanding": N_("Did we understand what it is about?"),
    "tone": N_("Friendly and on equal terms?"),
    "solution": N_("Does it help, and does it say what happens next?"),
    "language": N_("Easy to read, without jargon?"),
}
