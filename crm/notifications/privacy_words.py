"""The words of the notifications about data protection."""

from crm.notifications.kinds import Group, Kind, Words
from crm.web.i18n import N_

_OPEN_REQUEST = N_("Go to the request")

PRIVACY_WORDS: dict[Kind, Words] = {
    Kind.LEDGER_BROKEN: Words(
        N_("The consent ledger does not fit together any more"),
        N_("Event no. %(number)s was changed, taken out or put in. Please look into it today."),
        "shield",
        N_("Go to the ledger"),
        group=Group.ALARMS,
        is_urgent=True,
    ),
    Kind.REVIEW_ASKED: Words(
        N_("%(customer)s asks for a review of the customer value"),
        N_("A human being is to look at class %(class)s and decide (GDPR Art. 22)."),
        "shield",
        N_("Go to the customer value"),
    ),
    Kind.INFORMATION_DUE: Words(
        N_("People must be informed by %(on)s: %(count)s"),
        N_(
            "They were entered without their own doing. Send them the notice, or mark who knows already (GDPR Art. 14)."
        ),
        "clock",
        N_("Go to those who wait"),
        group=Group.ALARMS,
    ),
    Kind.REQUEST_FILED: Words(
        N_("A data protection request has come in: %(asked)s"),
        N_("The month for the answer has begun. See who asks and what they want."),
        "shield",
        _OPEN_REQUEST,
    ),
    Kind.COPY_READY: Words(
        N_("The copy for data protection request #%(number)s is ready"),
        N_("Look through it, then send the person the link or hand it over."),
        "shield",
        _OPEN_REQUEST,
    ),
    Kind.REQUEST_DUE: Words(
        N_("A data protection request is due on %(on)s: %(asked)s"),
        N_("Answer it by then, or extend it with a reason and tell the person (GDPR Art. 12 (3))."),
        "clock",
        _OPEN_REQUEST,
        group=Group.ALARMS,
    ),
    Kind.REQUEST_OVERDUE: Words(
        N_("A data protection request is overdue since %(on)s: %(asked)s"),
        N_("The month of GDPR Art. 12 (3) has passed. Please answer it today."),
        "alert",
        _OPEN_REQUEST,
        group=Group.ALARMS,
        is_urgent=True,
    ),
    Kind.ERASURE_SUBMITTED: Words(
        N_("Erasure no. %(number)s waits for a second person"),
        N_("Please look at what would be erased, and approve it or hand it back."),
        "audit",
        N_("Go to the erasure"),
    ),
    Kind.ERASURE_BACK: Words(
        N_("Erasure no. %(number)s has to be prepared anew"),
        N_("It was handed back, or what would be erased has changed meanwhile."),
        "audit",
        N_("Go to the erasure"),
    ),
    Kind.RETENTION_FAILED: Words(
        N_("Rules of retention that could not be carried out last night: %(number)s"),
        N_("The report says which. The next night tries again."),
        "audit",
        N_("Go to the report"),
    ),
    Kind.RETENTION_HELD: Words(
        N_("Records that are old enough and stay: %(number)s"),
        N_("A restriction, a legal hold, a duty or something open keeps them. The report says what."),
        "audit",
        N_("Go to the report"),
    ),
    Kind.ERASED_WRITES_AGAIN: Words(
        N_("Somebody who was erased has written again"),
        N_(
            "It is about erasure no. %(number)s. The new contact was made by the person themselves; nothing old came back."
        ),
        "audit",
        N_("Go to the contact"),
    ),
    Kind.RESTRICTED_MAIL: Words(
        N_("Somebody whose data are restricted has written"),
        N_("The e-mail went to nobody else (GDPR Art. 18). Read it, and pass it on as a request if it is one."),
        "shield",
        N_("Go to the e-mails"),
    ),
}
