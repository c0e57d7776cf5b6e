"""The kinds of notification, the groups of kinds that people have wishes about, and what words a kind has."""

from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """What people have different wishes about, when it comes to mail."""

    FOLLOW_UPS = "follow_ups"
    ENQUIRIES = "enquiries"
    ALARMS = "alarms"
    REST = "rest"


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
