"""Who is asked: what has happened becomes an invitation, and what is due goes out through the gate. PostgreSQL is swept, each event
is asked about once, and whoever claims an invitation writes its mail in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.accounts.company import company, signing_secret
from crm.consents.many import decisions_for
from crm.consents.sending import queue_mail
from crm.customers.data import first_address_sql, full_name_sql
from crm.customers.merged import survivor_sql
from crm.customers.salutation import salutation
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.mail.rendering import RenderedMail, render_mail
from crm.notifications.quiet_times import Preference, next_allowed
from crm.service_levels.queries import company_calendar
from crm.surveys.links import survey_path
from crm.surveys.queries import questions_of
from crm.surveys.showing import ends_of, scale_of
from crm.surveys.tables import Occasion
from crm.web.i18n import _, speaking

PURPOSE = "survey"
HEADERS = {"Auto-Submitted": "auto-generated"}
"""No out-of-office answer comes back (RFC 3834)."""
TOO_LATE = timedelta(days=14)
"""So long after it was due nobody is asked any more: who would remember?"""
AT_ONCE = 100

# What has happened since the survey began, at most so long ago that somebody is still asked: $1 survey, $2 since, $3 now.
_EVENTS = {
    Occasion.TICKET_SOLVED: """
        SELECT 'ticket ' || k.id AS event, k.solved_at AS at, k.customer, k.person, k.id AS ticket FROM ticket k
        WHERE k.status IN ('solved', 'closed') AND k.solved_at >= $2 AND k.solved_at <= $3 AND k.merged_into IS NULL
            AND NOT EXISTS (SELECT FROM survey_response r WHERE r.ticket = k.id)""",
    Occasion.VISIT: """
        SELECT 'visit ' || v.id AS event, v.at, v.customer, v.person, v.ticket FROM interaction v
        WHERE v.channel = 'visit' AND v.at >= $2 AND v.at <= $3 AND v.customer IS NOT NULL""",
    Occasion.DELIVERED: """
        SELECT 'order ' || o.id AS event, (o.delivered_on + time '12:00') AT TIME ZONE 'UTC' AS at, o.customer, NULL::bigint AS person,
            NULL::bigint AS ticket FROM customer_order o
        WHERE o.delivered_on >= $2::timestamptz::date AND o.delivered_on <= $3::timestamptz::date AND o.status <> 'cancelled'""",
    Occasion.ORDERED: """
        SELECT 'order ' || o.id AS event, (o.ordered_on + time '12:00') AT TIME ZONE 'UTC' AS at, o.customer, NULL::bigint AS person,
            NULL::bigint AS ticket FROM customer_order o
        WHERE o.ordered_on >= $2::timestamptz::date AND o.ordered_on <= $3::timestamptz::date AND o.status <> 'cancelled'""",
}
_EVENT_ID = {
    Occasion.TICKET_SOLVED: "k.id", Occasion.VISIT: "v.id", Occasion.DELIVERED: "o.id", Occasion.ORDERED: "o.id",
}  # fmt: skip
# The person is the one of the event, else the private customer themselves, else the first person of the organisation who may be
# written to.
_NOTE = """
    INSERT INTO survey_invitation (survey, event, customer_id, person_id, ticket_id, touchpoint, address, language, questions, state,
        reason, due_at)
    SELECT s.id, e.event, e.customer, coalesce(e.person, (SELECT a.person FROM affiliation a JOIN person p ON p.id = a.person
            WHERE a.customer = e.customer AND p.merged_into IS NULL AND p.restricted_at IS NULL AND p.erased_at IS NULL
            ORDER BY a.is_self DESC, a.position, a.id LIMIT 1)),
        e.ticket, s.touchpoint, '', 'de', 0, 'waiting', '', e.at + make_interval(days => s.days)
    FROM survey s CROSS JOIN ({events}) e WHERE s.id = $1
        AND NOT EXISTS (SELECT FROM survey_invitation i WHERE i.survey = $1 AND i.event = e.event)
    ON CONFLICT (survey, event) DO NOTHING
"""
# Who they are today, if they were merged meanwhile. Somebody who was meant and must not be written to (GDPR Art. 18, 17) is not the
# same as nobody: then the organisation's own address is none of theirs.
_DUE = f"""
    SELECT i.id, i.survey, i.event, i.due_at, i.ticket_id, i.person_id IS NOT NULL AND p.id IS NULL AS is_person_gone, s.occasion,
        s.started_at, s.days, s.limit_days, s.valid_days, s.at_night, s.questions, s.intro_de,
        s.intro_en, s.name AS survey_name, c.id AS customer_id, p.id AS person_id, coalesce(p.title, '') AS title,
        coalesce(p.given_name, '') AS given_name, coalesce(p.family_name, '') AS family_name,
        coalesce(p.form_of_address, '') AS form_of_address, coalesce(p.salutation, '') AS salutation,
        coalesce({full_name_sql("p")}, c.name) AS name, coalesce(nullif(p.language, ''), c.language) AS language,
        coalesce({first_address_sql("c.id", "p.id")}, '') AS address, o.number AS order_number, k.subject AS ticket_subject
    FROM survey_invitation i JOIN survey s ON s.id = i.survey
    LEFT JOIN customer d ON d.id = i.customer_id LEFT JOIN person q ON q.id = i.person_id
    LEFT JOIN customer c ON c.id = {survivor_sql("customer", "d")} AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    LEFT JOIN person p ON p.id = {survivor_sql("person", "q")} AND p.restricted_at IS NULL AND p.erased_at IS NULL
    LEFT JOIN ticket k ON k.id = i.ticket_id
    LEFT JOIN customer_order o ON o.id = CASE WHEN i.event LIKE 'order %' THEN substring(i.event FROM 7)::bigint END
    WHERE i.id = $1
"""
# $1 an address, $2 a person, $3 since when: whether they were asked, under whichever number they had then.
_LATELY = """
    WITH RECURSIVE same(id) AS (SELECT $2::bigint UNION SELECT p.id FROM person p JOIN same ON p.merged_into = same.id)
    SELECT 1 FROM survey_invitation WHERE (lower(address) = lower($1) OR person_id IN (SELECT id FROM same)) AND sent_at > $3 LIMIT 1
"""


async def sweep_surveys(*, now: datetime) -> None:
    """Note what has happened, ask whom it is time to ask, and end what was not answered in time."""
    await note_events(now=now)
    await expire_invitations(now=now)
    await ask_customers(now=now)


async def note_events(*, now: datetime) -> int:
    """An invitation for each event that a running survey asks about; how many are new. Safe to run twice and at once."""
    running = await fetch(
        "SELECT id, occasion, days, started_at FROM survey WHERE status = 'running' AND occasion <> 'none' ORDER BY id"
    )
    noted = 0
    for survey in running:
        since = max(survey.started_at, now - timedelta(days=survey.days) - TOO_LATE)
        statement = _NOTE.format(events=_EVENTS[Occasion(survey.occasion)])
        tag = await fetch_value(
            f"WITH noted AS ({statement} RETURNING 1) SELECT count(*) FROM noted", survey.id, since, now
        )
        noted += int(tag)
    return noted


async def expire_invitations(*, now: datetime) -> None:
    await execute("UPDATE survey_invitation SET state = 'expired' WHERE state = 'sent' AND expires_at <= $1", now)


async def ask_customers(*, now: datetime) -> int:
    """Send what is due; how many mails. At night and on days off those surveys rest that keep to that."""
    calendar = await company_calendar(now)
    is_quiet = calendar is not None and next_allowed(Preference(), calendar, now) > now
    due = await fetch(
        "SELECT i.id FROM survey_invitation i JOIN survey s ON s.id = i.survey WHERE i.state = 'waiting' AND i.due_at <= $1 "
        "AND s.status = 'running' AND (s.at_night OR NOT $2) ORDER BY i.due_at, i.id LIMIT $3",
        now, is_quiet, AT_ONCE,
    )  # fmt: skip
    return sum([await ask(row.id, now=now) for row in due])


async def ask(invitation_id: int, *, now: datetime) -> bool:
    """Send one invitation that is due, or write down why nobody is asked. Safe to run twice and at once: one caller holds the row, and
    two about the same person take turns. False if nothing was sent."""
    async with transaction():
        claimed = await fetch_value(
            "SELECT id FROM survey_invitation WHERE id = $1 AND state = 'waiting' AND due_at <= $2 FOR UPDATE SKIP LOCKED",
            invitation_id, now,
        )  # fmt: skip
        row = await fetch_one(_DUE, invitation_id) if claimed is not None else None
        if row is None:
            return False
        if not await _still_holds(row, now):
            return False
        reason = await _refusal(row, now)
        if reason:
            await execute("UPDATE survey_invitation SET state = 'left_out', reason = $2 WHERE id = $1", row.id, reason)
            return False
        await _send(row, now)
        return True


async def _still_holds(row: Row, now: datetime) -> bool:
    """Whether what is asked about is still so. An enquiry that was opened again, a visit or an order that is no more: the invitation
    goes, so that what happens anew is asked about; what lies later than it was noted is waited for."""
    occasion = Occasion(row.occasion)
    at = await fetch_value(
        f"SELECT at FROM ({_EVENTS[occasion]} AND {_EVENT_ID[occasion]} = $1) e",
        int(row.event.rpartition(" ")[2]), row.started_at, now,
    )  # fmt: skip
    if at is None:
        await execute("DELETE FROM survey_invitation WHERE id = $1", row.id)
        return False
    due = at + timedelta(days=row.days)
    if due > now:
        await execute("UPDATE survey_invitation SET due_at = $2 WHERE id = $1", row.id, due)
    return bool(due <= now)


async def _refusal(row: Row, now: datetime) -> str:
    """Why nobody is asked; empty if they are. A code of words.REASONS."""
    if row.customer_id is None or row.is_person_gone:
        return "gone"
    if now - row.due_at > TOO_LATE:
        return "too_late"
    if not row.address:
        return "no_address"
    # whoever asks the same person at this moment is waited for
    await execute("SELECT pg_advisory_xact_lock(hashtextextended('survey ' || lower($1), 0))", row.address)
    lately = await fetch_value(_LATELY, row.address, row.person_id, now - timedelta(days=row.limit_days))
    if lately is not None:
        return "asked_lately"
    decision = (await decisions_for([(row.person_id, row.address)], purpose=PURPOSE, channel="email", now=now))[0]
    return "" if decision.allowed else "no_basis"


async def _send(row: Row, now: datetime) -> None:
    questions = await questions_of(row.survey, row.questions)
    language = "en" if row.language == "en" else "de"
    letter = Letter(
        language, salutation(row if row.family_name else None, language), row[f"intro_{language}"], _about(row, language), row.valid_days,
        survey_path(row.id, await signing_secret()),
    )  # fmt: skip
    mail = invitation_mail(letter, questions, (await company()).name)
    outbox_id = await queue_mail(
        purpose=PURPOSE, to_address=row.address, to_name=row.name, subject=mail.subject, text=mail.text, html=mail.html,
        language=language, now=now, person_id=row.person_id, customer_id=row.customer_id, dedupe_key=f"survey {row.id}",
        headers=HEADERS,
    )  # fmt: skip
    await execute(
        "UPDATE survey_invitation SET state = 'sent', address = $2, language = $3, questions = $4, sent_at = $5, expires_at = $6, "
        "outbox_id = $7, customer_id = $8, person_id = $9 WHERE id = $1",
        row.id, row.address[:254], language, row.questions, now, now + timedelta(days=row.valid_days), outbox_id,
        row.customer_id, row.person_id,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """What the mail of a survey says to one reader; `greeting` in their language, `about` the enquiry or the order."""

    language: str
    greeting: str
    intro: str
    about: str
    valid_days: int
    path: str


def invitation_mail(letter: Letter, questions: Sequence[Row], company_name: str) -> RenderedMail:
    """The mail that asks the first question: every answer is a link to the page on which it is confirmed."""
    first = questions[0]
    with speaking(letter.language):
        ends = ends_of(first.kind)
    return render_mail(
        "survey_invitation", letter.language, greeting=letter.greeting, question=first[f"text_{letter.language}"], intro=letter.intro,
        link=letter.path, scores=scale_of(first.kind), ends=ends, company=company_name, more=len(questions) - 1,
        days=letter.valid_days, about=letter.about,
    )  # fmt: skip


def _about(row: Row, language: str) -> str:
    """What it is about, in a line: the enquiry or the order."""
    with speaking(language):
        if row.ticket_subject:
            return _("Your enquiry “%(subject)s”") % {"subject": row.ticket_subject}
        if row.order_number:
            return _("Your order %(number)s") % {"number": row.order_number}
    return ""
