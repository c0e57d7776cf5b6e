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
    "trap": N_("It looks like spam: a field was filled in that people do not see."),
    "too_quick": N_("It looks like spam: nobody fills in a form this fast."),
    "too_many": N_("It may be spam: many forms came from the same address within an hour."),
    "same_form": N_("It may be spam: the form was opened once and sent again and again."),
    "same_text": N_("It may be spam: the same text was sent before."),
    "overrun": N_("It may be spam: more came by this form within an hour than is usual."),
    "links": N_("It may be spam: it has many links."),
    "restricted": N_("Its sender's data are restricted."),
}  # fmt: skip
