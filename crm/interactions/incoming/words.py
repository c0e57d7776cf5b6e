"""The words of mails that came in: why one waits, or was put aside."""

from __future__ import annotations

from crm.web.i18n import N_

REASONS = {
    "unknown_sender": N_("It names an enquiry, but its sender does not belong to that customer."),
    "several": N_("More than one customer has this address."),
    "no_sender": N_("It has no sender that could be answered."),
    "colleague": N_("A colleague sent it from an address of ours."),
    "broken": N_("It could not be filed by itself."),
    "automatic": N_("An automatic answer."),
    "newsletter": N_("A newsletter or mailing list."),
    "bounce": N_("A mail of ours that came back."),
    "loop": N_("It comes from our own address."),
    "restricted": N_("Its sender's data are restricted."),
}  # fmt: skip
