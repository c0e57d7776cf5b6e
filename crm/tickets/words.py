"""The words of enquiries: codes in, text in the language of the moment out."""

from __future__ import annotations

from crm.web.i18n import N_

STATUS_TONES = {
    "new": "petrol",
    "open": "",
    "waiting": "amber",
    "postponed": "quiet",
    "solved": "good",
    "closed": "quiet",
}
KINDS = {"question": N_("Question"), "complaint": N_("Complaint"), "fault": N_("Fault"), "wish": N_("Wish")}
CAUSES = {
    "question": N_("Just a question"), "missing_information": N_("Information was missing"), "unclear_invoice": N_("Unclear invoice"),
    "our_mistake": N_("A mistake of ours"), "delay": N_("Delay"), "damage": N_("Damage in transit"), "defect": N_("Defect in the product"),
    "operation": N_("Use of the product"), "other": N_("Something else"),
}  # fmt: skip
"""Why a question arose; chosen with one click when the enquiry is solved."""
OCCASIONS = {
    "opened": N_("when it came in"), "escalated": N_("when it was given to a higher level"),
    "given_back": N_("when it was given back to a lower level"), "reopened": N_("when it was reopened"),
    "changed": N_("after a change"), "offered": N_("when it was offered again"), "by_hand": N_("by hand"),
    "missed": N_("when a promise was missed"), "automatic": N_("when it was answered automatically"),
    "absence": N_("because whoever had it was absent"),
}  # fmt: skip
VIEWS = {
    "mine": N_("Mine"), "team": N_("My team's"), "unassigned": N_("Unassigned"), "soon": N_("Due soon"), "overdue": N_("Overdue"),
    "waiting": N_("Waiting"), "open": N_("All open"), "solved": N_("Solved"),
}  # fmt: skip

ORDER_BASES = {
    "named": N_("Its number stands in the text."), "agreed": N_("Confirmed by %(name)s."), "chosen": N_("Chosen by %(name)s."),
}  # fmt: skip
"""How it came that an enquiry is about an order."""

PRODUCT_BASES = {
    "named": N_("It stands in the text."), "ordered": N_("It is the one product of the order."),
    "agreed": N_("Confirmed by %(name)s."), "chosen": N_("Chosen by %(name)s."),
}  # fmt: skip
"""How it came that an enquiry is about a product."""

BOTTLENECKS = {
    "nobody": N_("nobody is competent"), "language": N_("nobody competent speaks the language"),
    "channel": N_("nobody competent answers this channel"), "absent": N_("all who could are absent"),
    "hours": N_("nobody who could is at work now"), "full": N_("all who could are fully loaded"),
    "next": N_("somebody is free: offered within a minute"),
}  # fmt: skip
"""Why an enquiry waits for somebody; see waiting.bottleneck."""
