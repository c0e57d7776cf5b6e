"""The words of each kind of notification, of the groups of kinds and of the wishes about them."""

from crm.notifications.kinds import Group, Kind, Words
from crm.notifications.privacy_words import PRIVACY_WORDS
from crm.web.i18n import N_

GROUP_WORDS = {
    Group.FOLLOW_UPS: N_("Follow-ups"), Group.ENQUIRIES: N_("Enquiries"), Group.ALARMS: N_("Alarms"), Group.REST: N_("Other news"),
}  # fmt: skip

WISHES = {"at_once": N_("at once"), "digest": N_("daily summary"), "none": N_("no mail")}
"""The codes of crm.notifications.quiet_times.Wish."""

_OPEN_ENQUIRY = N_("Go to the enquiry")

WORDS: dict[Kind, Words] = {
    **PRIVACY_WORDS,
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
    Kind.FORM_OVERRUN: Words(
        N_("More comes by the form “%(name)s” than is usual"),
        N_(
            "More than %(limit)s entries came within an hour. What comes beyond waits among the spam until somebody looks."
        ),
        "inbox",
        N_("Go to the spam"),
        group=Group.ENQUIRIES,
    ),
    Kind.SURVEY_ASKED: Words(
        N_("Your opinion is wanted: %(name)s"),
        N_("It takes a few minutes."),
        "survey",
        N_("Go to the survey"),
    ),
    Kind.MAIL_FAILED: Words(
        N_("Your mail did not go out: %(subject)s"),
        N_("%(customer)s has not got it. The reason stands beside the mail, and what you can do."),
        "alert",
        N_("Go to the mail"),
    ),
}
