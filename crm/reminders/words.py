"""The words of follow-ups: codes in, text in the language of the moment out."""

from __future__ import annotations

from crm.web.i18n import N_

REPEATS = {
    "daily": N_("daily"), "weekly": N_("weekly"), "monthly": N_("monthly"), "yearly": N_("yearly"),
}  # fmt: skip
DONE = {
    "given": N_("Your colleague has the follow-up now and has been told."),
    "result": N_("Done. The result is kept."),
    "set": N_("The follow-up is set."),
}
