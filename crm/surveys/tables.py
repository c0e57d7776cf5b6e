"""What customers and staff are asked, who was asked, and what they answer."""

from enum import StrEnum

from piccolo.columns import BigInt, BigSerial, Boolean, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.customers.tables import Customer, Person
from crm.tickets.tables import Ticket
from crm.touchpoints.tables import Touchpoint


class Metric(StrEnum):
    """NPS 0-10, CSAT 1-5, effort 1-7 (7 is easiest); never bent onto one axis."""

    NPS = "nps"
    CSAT = "csat"
    EFFORT = "effort"


class QuestionKind(StrEnum):
    """The three scales, yes or no, and an answer in one's own words."""

    NPS = "nps"
    CSAT = "csat"
    EFFORT = "effort"
    YES_NO = "yes_no"
    TEXT = "text"


class Audience(StrEnum):
    """Whose view it is: the two are never mixed."""

    CUSTOMERS = "customers"
    STAFF = "staff"


class Occasion(StrEnum):
    """After what customers are asked; NONE for staff and for answers on paper alone."""

    NONE = "none"
    TICKET_SOLVED = "ticket_solved"
    VISIT = "visit"
    DELIVERED = "delivered"
    ORDERED = "ordered"


class SurveyStatus(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class Survey(Table, tablename="survey"):
    """A survey. Its questions are those of `questions`, a number that rises with each change, so that what was answered keeps the
    words that were seen. `days` after the occasion people are asked, nobody again within `limit_days` of any survey; a link works for
    `valid_days`. An answer up to `low` to the first question is a low one. `started_at`: nothing that was before is asked about."""

    id = BigSerial(primary_key=True)
    name = Varchar(120)
    audience = Varchar(10, choices=Audience, default=Audience.CUSTOMERS)
    occasion = Varchar(14, choices=Occasion, default=Occasion.NONE)
    touchpoint = ForeignKey(Touchpoint, null=True, on_delete=OnDelete.restrict, index=True)
    days = Integer(default=0)
    is_anonymous = Boolean(default=False)
    limit_days = Integer(default=90)
    valid_days = Integer(default=30)
    low = Integer(default=0)
    at_night = Boolean(default=False)
    intro_de = Text(default="")
    intro_en = Text(default="")
    questions = Integer(default=1)
    status = Varchar(8, choices=SurveyStatus, default=SurveyStatus.DRAFT)
    created_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    created_at = Timestamptz(default=None, null=True)
    changed_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    changed_at = Timestamptz(default=None, null=True)
    version = Integer(default=1)
    started_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)


class SurveyQuestion(Table, tablename="survey_question"):
    """One question of one `version` of a survey; never changed once somebody may have seen it."""

    id = BigSerial(primary_key=True)
    survey = ForeignKey(Survey, null=False, on_delete=OnDelete.cascade)
    version = Integer(default=1)
    position = Integer(default=0)
    kind = Varchar(8, choices=QuestionKind)
    text_de = Varchar(300, default="")
    text_en = Varchar(300, default="")


class SurveyResponse(Table, tablename="survey_response"):
    """One filled-in survey. Of an anonymous one nothing says whose it is, and `at` is the day alone. `ticket` is the enquiry that a low
    answer opened; `by_user` who typed it from paper, or the member of staff who answered."""

    id = BigSerial(primary_key=True)
    survey = ForeignKey(Survey, null=False, on_delete=OnDelete.restrict)
    questions = Integer(default=1)
    source = Varchar(6, default="link")
    touchpoint = ForeignKey(Touchpoint, null=True, on_delete=OnDelete.restrict)
    at = Timestamptz(default=None, null=True)
    changed_at = Timestamptz(default=None, null=True)
    by_user = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    ticket = ForeignKey(Ticket, null=True, on_delete=OnDelete.set_null)


class InvitationState(StrEnum):
    """LEFT_OUT: nobody was asked, for `reason`. EXPIRED: asked and not answered in time."""

    WAITING = "waiting"
    SENT = "sent"
    ANSWERED = "answered"
    EXPIRED = "expired"
    LEFT_OUT = "left_out"


class SurveyInvitation(Table, tablename="survey_invitation"):
    """Who is asked about what: `event` names it ("ticket 12"), and each event is asked about once. Of an anonymous survey
    neither `answered_at` nor `response` is kept. `questions` is the version that the mail showed."""

    id = BigSerial(primary_key=True)
    survey = ForeignKey(Survey, null=False, on_delete=OnDelete.cascade)
    event = Varchar(40)
    customer_id = BigInt(null=True, default=None, index=True)
    person_id = BigInt(null=True, default=None, index=True)
    user = ForeignKey(User, null=True, on_delete=OnDelete.cascade)
    ticket_id = BigInt(null=True, default=None)
    touchpoint = ForeignKey(Touchpoint, null=True, on_delete=OnDelete.restrict)
    address = Varchar(254, default="")
    language = Varchar(2, default="de")
    questions = Integer(default=0)
    state = Varchar(8, choices=InvitationState, default=InvitationState.WAITING)
    reason = Varchar(40, default="")
    due_at = Timestamptz(default=None, null=True)
    sent_at = Timestamptz(default=None, null=True)
    expires_at = Timestamptz(default=None, null=True)
    answered_at = Timestamptz(default=None, null=True)
    outbox_id = BigInt(null=True, default=None, index=True)
    response = ForeignKey(SurveyResponse, null=True, on_delete=OnDelete.set_null)


class SurveyAnswer(Table, tablename="survey_answer"):
    """A customer's own answer on a scale: what figures and the journey map are made of. Those of before there were surveys, and
    those of other programs, have no `survey`."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=True, on_delete=OnDelete.cascade)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    touchpoint = ForeignKey(Touchpoint, null=True, on_delete=OnDelete.restrict)
    ticket = ForeignKey(Ticket, null=True, on_delete=OnDelete.set_null)
    metric = Varchar(6, choices=Metric)
    score = Integer()
    comment = Text(default="")
    at = Timestamptz(default=None, null=True)
    survey = ForeignKey(Survey, null=True, on_delete=OnDelete.restrict)
    question = ForeignKey(SurveyQuestion, null=True, on_delete=OnDelete.restrict)
    response = ForeignKey(SurveyResponse, null=True, on_delete=OnDelete.cascade)


class SurveyReply(Table, tablename="survey_reply"):
    """What else was answered: words, yes (1) or no (0), and every answer of staff and of anonymous surveys; without a `question` the
    comment. `is_released`: this anonymous answer stands among those of customers by now, since its group is large enough."""

    id = BigSerial(primary_key=True)
    response = ForeignKey(SurveyResponse, null=False, on_delete=OnDelete.cascade, index=True)
    question = ForeignKey(SurveyQuestion, null=True, on_delete=OnDelete.restrict)
    score = Integer(null=True, default=None)
    text = Text(default="")
    is_released = Boolean(default=False)


class InterviewNote(Table, tablename="interview_note"):
    """What somebody said in an interview about a touchpoint: the needs analysis. `speaker` is customers or staff; who it was is
    not kept."""

    id = BigSerial(primary_key=True)
    touchpoint = ForeignKey(Touchpoint, null=False, on_delete=OnDelete.restrict, index=True)
    speaker = Varchar(10, choices=Audience)
    said_on = Date(default=None, null=True)
    text = Text(default="")
    by_user = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    created_at = Timestamptz(default=None, null=True)
