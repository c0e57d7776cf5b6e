"""The way of a quotation: requested, sent, decided; which step may follow, and how long each one took in business time.
Pure rules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from crm.service_levels.calendar import Calendar


class QuotationStatus(StrEnum):
    REQUESTED = "requested"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"


DECIDED = frozenset({QuotationStatus.ACCEPTED, QuotationStatus.DECLINED})


@dataclass(frozen=True, slots=True)
class Course:
    """When each step of a quotation was taken."""

    status: QuotationStatus
    requested_at: datetime
    sent_at: datetime | None = None
    decided_at: datetime | None = None
    decline_reason: str = ""
    number: str | None = None


class Slip(StrEnum):
    """What does not fit together in a quotation."""

    NOT_SENT = "not_sent"
    NOT_DECIDED = "not_decided"
    NOT_DECLINED = "not_declined"
    NO_NUMBER = "no_number"
    NO_REASON = "no_reason"
    SENT_BEFORE_REQUESTED = "sent_before_requested"
    DECIDED_BEFORE_SENT = "decided_before_sent"
    IN_FUTURE = "in_future"


def followed(course: Course, said: Collection[str], now: datetime) -> Course:
    """The course with what follows from its status: whoever says "sent" without a time means now, and what belongs to a later
    step falls away when a step is taken back. What was `said` (names of fields) stays, fitting or not."""
    status = course.status
    is_sent, is_decided = status is not QuotationStatus.REQUESTED, status in DECIDED
    sent_at, decided_at, reason = course.sent_at, course.decided_at, course.decline_reason
    if is_decided and decided_at is None:
        decided_at = now
    if status in (QuotationStatus.SENT, QuotationStatus.ACCEPTED) and sent_at is None:
        sent_at = min(decided_at or now, now)
    if not is_sent and "sent_at" not in said:
        sent_at = None
    if not is_decided and "decided_at" not in said:
        decided_at = None
    if status is not QuotationStatus.DECLINED and "decline_reason" not in said:
        reason = ""
    return replace(course, sent_at=sent_at, decided_at=decided_at, decline_reason=reason)


def slips(course: Course, now: datetime) -> dict[str, Slip]:
    """What does not fit together, by field. A quotation can be declined before it was sent (the customer did not want to
    wait); it cannot be accepted."""
    status = course.status
    found: dict[str, Slip] = {}
    moments = {"requested_at": course.requested_at, "sent_at": course.sent_at, "decided_at": course.decided_at}
    found |= {name: Slip.IN_FUTURE for name, at in moments.items() if at is not None and at > now}
    if course.sent_at is not None and course.sent_at < course.requested_at:
        found["sent_at"] = Slip.SENT_BEFORE_REQUESTED
    if course.decided_at is not None and course.decided_at < (course.sent_at or course.requested_at):
        found["decided_at"] = Slip.DECIDED_BEFORE_SENT
    if course.sent_at is not None and status is QuotationStatus.REQUESTED:
        found["sent_at"] = Slip.NOT_SENT
    if course.decided_at is not None and status not in DECIDED:
        found["decided_at"] = Slip.NOT_DECIDED
    if course.decline_reason and status is not QuotationStatus.DECLINED:
        found["decline_reason"] = Slip.NOT_DECLINED
    if course.sent_at is not None and not course.number:
        found["number"] = Slip.NO_NUMBER
    if status is QuotationStatus.DECLINED and not course.decline_reason:
        found["decline_reason"] = Slip.NO_REASON
    return found


def turnaround(course: Course, calendar: Calendar) -> int | None:
    """Whole minutes of business time from the request to the sending; None as long as it is not sent, or if both stand at
    the same moment."""
    return _apart(calendar, course.requested_at, course.sent_at)


def decision_time(course: Course, calendar: Calendar) -> int | None:
    """Whole minutes of business time from the sending to the decision; None before, or if both stand at the same moment."""
    return _apart(calendar, course.sent_at, course.decided_at)


def waiting(course: Course, calendar: Calendar, now: datetime) -> int | None:
    """Whole minutes of business time that this quotation has waited by now: for us while it is requested, for the customer
    while it is sent. None when it is decided."""
    since = {QuotationStatus.REQUESTED: course.requested_at, QuotationStatus.SENT: course.sent_at}.get(course.status)
    return _between(calendar, since, now)


def _apart(calendar: Calendar, start: datetime | None, end: datetime | None) -> int | None:
    """The time between two steps. At the same moment only one of the two is known (somebody enters a quotation when it goes
    out; an old list has one day for all steps): a zero would be a promise kept that nobody gave."""
    return None if start == end else _between(calendar, start, end)


def _between(calendar: Calendar, start: datetime | None, end: datetime | None) -> int | None:
    return None if start is None or end is None else round(calendar.minutes_between(start, end))
