"""What a notification says, by its kind: a sentence in the reader's language, made from the values in `detail`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from crm.customers.history import METRICS
from crm.web.formats import clock, day, month, short_date
from crm.web.i18n import N_, _


class Group(StrEnum):
    """What people have different wishes about, when it comes to mail."""

    FOLLOW_UPS = "follow_ups"
    ENQUIRIES = "enquiries"
    ALARMS = "alarms"
    REST = "rest"


GROUP_WORDS = {
    Group.FOLLOW_UPS: N_("Follow-ups"), Group.ENQUIRIES: N_("Enquiries"), Group.ALARMS: N_("Alarms"), Group.REST: N_("Other news"),
}  # fmt: skip


WISHES = {"at_once": N_("at once"), "digest": N_("daily summary"), "none": N_("no mail")}
"""The codes of crm.notifications.quiet_times.Wish."""


class Kind(StrEnum):
    """What staff are told about, and the `detail` that goes with it."""

    REMINDER_DUE = "reminder_due"  # text, customer
    REMINDER_DUE_FOR = "reminder_due_for"  # text, customer, from (whom one stands in for)
    REMINDER_GIVEN = "reminder_given"  # text, customer, from, due_at
    TICKET_ASSIGNED = "ticket_assigned"  # number, subject, customer
    TICKET_SHOWN = "ticket_shown"  # number, subject, customer, from
    OUTSIDER_ANSWERED = "outsider_answered"  # number, subject, customer, who
    ENQUIRIES_PASSED_ON = "enquiries_passed_on"  # from, number (how many)
    TICKET_WAITING_UNROUTED = "ticket_waiting_unrouted"  # number, subject, level
    PROMISE_WARNING = "promise_warning"  # number, subject, promise, due_at
    PROMISE_MISSED = "promise_missed"  # number, subject, promise, due_at
    LEDGER_BROKEN = "ledger_broken"  # number
    REPORT_READY = "report_ready"  # month (2026-10)
    REPORT_REFUSED = "report_refused"  # name, month, reason (the message before it is translated)
    EXPORT_READY = "export_ready"  # customers
    HANDOVER_REFUSED = "handover_refused"  # from, to
    REVIEW_ASKED = "review_asked"  # customer, class
    ALARM_MOMENT = "alarm_moment"  # customer, impression
    ALARM_ANSWER = "alarm_answer"  # customer, answer ([metric, score])
    ALARM_RATING = "alarm_rating"  # customer, rating
    MAIL_FAILED = "mail_failed"  # subject, customer
    CALL_WAITING = "call_waiting"  # who
    QUALITY_FEEDBACK = "quality_feedback"
    INFORMATION_DUE = "information_due"  # count, on
    REQUEST_FILED = "request_filed"  # asked
    REQUEST_DUE = "request_due"  # asked, on (2026-12-28)
    REQUEST_OVERDUE = "request_overdue"  # asked, on
    FORM_OVERRUN = "form_overrun"  # name, limit
    RESTRICTED_MAIL = "restricted_mail"
    COPY_READY = "copy_ready"  # number
    ANSWER_EXPIRES = "answer_expires"  # title, on (2026-11-30)
    GUIDE_DUE = "guide_due"  # name, on
    ERASURE_SUBMITTED = "erasure_submitted"  # number
    ERASURE_BACK = "erasure_back"  # number
    RETENTION_FAILED = "retention_failed"  # number (of rules)
    RETENTION_HELD = "retention_held"  # number (of records)
    ERASED_WRITES_AGAIN = "erased_writes_again"  # number (of the erasure)
    SURVEY_ASKED = "survey_asked"  # name
    ASSESSMENT_OPENED = "assessment_opened"  # name


@dataclass(frozen=True, slots=True)
class Words:
    """A kind's heading (also the subject of the mail), its sentence and icon."""

    title: str
    sentence: str
    icon: str
    action: str
    nameless: str = ""
    """The sentence where no customer is known."""
    group: Group = Group.REST
    is_urgent: bool = False
    """It is also shown in the corner of whatever page is open."""


_OPEN_ENQUIRY = N_("Go to the enquiry")
_OPEN_REQUEST = N_("Go to the request")

ASKED = {
    "access": N_("Access to the data"), "portability": N_("Data portability"),
    "rectification": N_("Rectification"), "erasure": N_("Erasure"),
    "restriction": N_("Restriction of processing"), "objection": N_("Objection"), "review": N_("Review by a human being"),
    "consent_withdrawal": N_("Withdrawal of consent"),
}  # fmt: skip
"""What a data subject can ask for, as crm.privacy codes it."""

WORDS: dict[Kind, Words] = {
    Kind.REMINDER_DUE: Words(
        N_("Follow-up: %(text)s"),
        N_("Your follow-up for %(customer)s is due."),
        "reminder",
        N_("Go to the follow-up"),
        N_("Your follow-up is due."),
        group=Group.FOLLOW_UPS,
        is_urgent=True,
    ),
    Kind.REMINDER_DUE_FOR: Words(
        N_("Follow-up of %(from)s: %(text)s"),
        N_("%(from)s is away and you stand in. It is about %(customer)s."),
        "reminder",
        N_("Go to the follow-up"),
        N_("%(from)s is away and you stand in."),
        group=Group.FOLLOW_UPS,
        is_urgent=True,
    ),
    Kind.REMINDER_GIVEN: Words(
        N_("%(from)s has given you a follow-up: %(text)s"),
        N_("It is about %(customer)s, due %(due_at)s."),
        "reminder",
        N_("Go to the follow-up"),
        N_("It is due %(due_at)s."),
        group=Group.FOLLOW_UPS,
    ),
    Kind.TICKET_ASSIGNED: Words(
        N_("Enquiry #%(number)s is yours: %(subject)s"),
        N_("%(customer)s is waiting for your answer."),
        "ticket",
        _OPEN_ENQUIRY,
        N_("The customer is waiting for your answer."),
        group=Group.ENQUIRIES,
        is_urgent=True,
    ),
    Kind.TICKET_SHOWN: Words(
        N_("%(from)s shows you enquiry #%(number)s: %(subject)s"),
        N_("It is an enquiry of %(customer)s. The note in it is for you."),
        "ticket",
        _OPEN_ENQUIRY,
        N_("The note in it is for you."),
        group=Group.ENQUIRIES,
    ),
    Kind.OUTSIDER_ANSWERED: Words(
        N_("%(who)s answers on enquiry #%(number)s: %(subject)s"),
        N_("You forwarded an enquiry of %(customer)s, or have it now. Read the answer, then write to the customer."),
        "email",
        _OPEN_ENQUIRY,
        N_("You forwarded this enquiry, or have it now. Read the answer, then write to the customer."),
        group=Group.ENQUIRIES,
    ),
    Kind.ENQUIRIES_PASSED_ON: Words(
        N_("%(from)s is absent: enquiries were passed on"),
        N_("What is due before %(from)s is back has somebody else or waits in its queue: %(number)s so far."),
        "ticket",
        N_("See which"),
        group=Group.ENQUIRIES,
    ),
    Kind.TICKET_WAITING_UNROUTED: Words(
        N_("Enquiry #%(number)s waits for somebody: %(subject)s"),
        N_("Nobody who is present has level %(level)s in this topic and time for it. Please assign it by hand."),
        "ticket",
        _OPEN_ENQUIRY,
        group=Group.ENQUIRIES,
    ),
    Kind.PROMISE_WARNING: Words(
        N_("Enquiry #%(number)s is due soon: %(subject)s"),
        N_("%(promise)s: due %(due_at)s."),
        "clock",
        _OPEN_ENQUIRY,
        group=Group.ENQUIRIES,
        is_urgent=True,
    ),
    Kind.PROMISE_MISSED: Words(
        N_("Enquiry #%(number)s has missed its promise: %(subject)s"),
        N_("%(promise)s: was due %(due_at)s."),
        "alert",
        _OPEN_ENQUIRY,
        group=Group.ENQUIRIES,
        is_urgent=True,
    ),
    Kind.LEDGER_BROKEN: Words(
        N_("The consent ledger does not fit together any more"),
        N_("Event no. %(number)s was changed, taken out or put in. Please look into it today."),
        "shield",
        N_("Go to the ledger"),
        group=Group.ALARMS,
        is_urgent=True,
    ),
    Kind.QUALITY_FEEDBACK: Words(
        N_("Feedback for you"),
        N_("Somebody looked at one of your answers and says what was good and what would help."),
        "chat",
        N_("Read the feedback"),
    ),
    Kind.ASSESSMENT_OPENED: Words(
        N_("Please rate our touchpoints: %(name)s"),
        N_("It takes a few minutes, and nobody sees who rated how."),
        "touchpoints",
        N_("Rate the touchpoints"),
    ),
    Kind.REPORT_READY: Words(
        N_("The report for %(month)s is ready"),
        N_("You can read and print it now."),
        "report",
        N_("Go to the report"),
    ),
    Kind.REPORT_REFUSED: Words(
        N_("The report about “%(name)s” for %(month)s could not be drawn up"),
        N_("%(reason)s"),
        "alert",
        N_("Choose which reports are made by themselves"),
    ),
    Kind.EXPORT_READY: Words(
        N_("Your export of %(customers)s customers is ready"),
        N_("You can fetch the file for 7 days."),
        "download",
        N_("Go to the export"),
    ),
    Kind.HANDOVER_REFUSED: Words(
        N_("The customers of %(from)s do not go to %(to)s"),
        N_(
            "%(to)s cannot take over any more. The hand-over is called off and the customers stay where they are: please plan it anew."
        ),
        "alert",
        N_("Go to the hand-over"),
    ),
    Kind.REVIEW_ASKED: Words(
        N_("%(customer)s asks for a review of the customer value"),
        N_("A human being is to look at class %(class)s and decide (GDPR Art. 22)."),
        "shield",
        N_("Go to the customer value"),
    ),
    Kind.ALARM_MOMENT: Words(
        N_("It went badly with %(customer)s at a moment of truth"),
        N_("Our impression: %(impression)s of 5. Get in touch today, ask what went wrong and put it right."),
        "alert",
        N_("Go to the customer"),
        group=Group.ALARMS,
        is_urgent=True,
    ),
    Kind.ALARM_RATING: Words(
        N_("A bad rating by %(customer)s: %(rating)s of 5"),
        N_("Read what was written, get in touch today and put it right."),
        "alert",
        N_("Go to the customer"),
        group=Group.ALARMS,
        is_urgent=True,
    ),
    Kind.CALL_WAITING: Words(
        N_("Somebody waits for a call, and nobody has taken it: %(who)s"),
        N_("Call back, or give it to somebody."),
        "phone",
        N_("Go to the calls"),
        group=Group.FOLLOW_UPS,
        is_urgent=True,
    ),
    Kind.ALARM_ANSWER: Words(
        N_("A bad answer from %(customer)s: %(answer)s"),
        N_("Call back today, ask what lies behind it and say what you will do about it."),
        "alert",
        N_("Go to the customer"),
        group=Group.ALARMS,
        is_urgent=True,
    ),
    Kind.ANSWER_EXPIRES: Words(
        N_("An approved answer runs out on %(on)s: %(title)s"),
        N_("After that day it is neither shown nor sent. Check it, give it a later day and approve it again."),
        "clock",
        N_("Go to the answer"),
    ),
    Kind.GUIDE_DUE: Words(
        N_("A guide is to be looked at again: %(name)s"),
        N_(
            "It was to be reviewed on %(on)s. Look at which steps are left out, mend them if need be, and press “Reviewed”."
        ),
        "clock",
        N_("Go to the guide"),
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
    Kind.FORM_OVERRUN: Words(
        N_("More comes by the form “%(name)s” than is usual"),
        N_(
            "More than %(limit)s entries came within an hour. What comes beyond waits among the spam until somebody looks."
        ),
        "inbox",
        N_("Go to the spam"),
        group=Group.ENQUIRIES,
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
    Kind.SURVEY_ASKED: Words(
        N_("Your opinion is wanted: %(name)s"),
        N_("It takes a few minutes."),
        "survey",
        N_("Go to the survey"),
    ),
    Kind.RESTRICTED_MAIL: Words(
        N_("Somebody whose data are restricted has written"),
        N_("The e-mail went to nobody else (GDPR Art. 18). Read it, and pass it on as a request if it is one."),
        "shield",
        N_("Go to the e-mails"),
    ),
    Kind.MAIL_FAILED: Words(
        N_("Your mail did not go out: %(subject)s"),
        N_("%(customer)s has not got it. The reason stands beside the mail, and what you can do."),
        "alert",
        N_("Go to the mail"),
    ),
}

PROMISES = {
    "first_response": N_("First response"),
    "next_response": N_("Next response"),
    "solution": N_("Solution"),
}


def title(kind: str, detail: Mapping[str, Any]) -> str:
    return _filled(WORDS[Kind(kind)].title, detail)


def sentence(kind: str, detail: Mapping[str, Any]) -> str:
    words = WORDS[Kind(kind)]
    return _filled(words.sentence if detail.get("customer") or not words.nameless else words.nameless, detail)


def _filled(message: str, detail: Mapping[str, Any]) -> str:
    return _(message) % _Shown(detail)


class _Shown(dict[str, str]):
    """The values as they are shown; one that is missing is a dash, since an old notification must stay readable."""

    def __init__(self, detail: Mapping[str, Any]) -> None:
        super().__init__({name: _shown(name, value) for name, value in detail.items()})

    def __missing__(self, name: str) -> str:
        return "–"


def _shown(name: str, value: Any) -> str:
    if name == "due_at" and value:
        moment = datetime.fromisoformat(str(value))
        return f"{day(moment)}, {clock(moment)}"
    if name == "on" and value:
        return short_date(date.fromisoformat(str(value)))
    if name == "month" and value:
        year, _sep, number = str(value).partition("-")
        return month(date(int(year), int(number[:2]), 1)) + number[2:]  # of whom a report tells may follow
    if name == "answer":
        metric, score = value
        return _(METRICS[metric]) % {"score": score}
    if name == "asked":
        return _(ASKED[value]) if value in ASKED else str(value)
    if name == "reason":
        return _(str(value))
    if name == "promise":
        return _(PROMISES[value]) if value in PROMISES else str(value)
    return str(value)
