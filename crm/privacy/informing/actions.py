"""Telling people about their data: one by one, many in the background; what became of it follows the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.accounts.audit import record
from crm.accounts.company import company
from crm.consents.sending import queue_mail
from crm.customers.salutation import salutation
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Invalid, NotFound, RuleBroken
from crm.interactions.mails.signature import letter, usual_signature
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.privacy.desk.filing import local_day, officers
from crm.privacy.informing.queries import texts
from crm.privacy.informing.wording import filled, missing
from crm.privacy.particulars.queries import particulars
from crm.queue import enqueue
from crm.web.i18n import LANGUAGES, _, speaking, zone

PURPOSE = "privacy"
"""Rests on a legal duty (Art. 14): neither an objection nor a restriction stops it."""

BATCH = 50
STALE = timedelta(minutes=10)
REMIND_BEFORE = timedelta(days=7)

_PERSON = """
    SELECT d.id AS duty, d.source, d.status, p.id, p.given_name, p.family_name, p.title, p.form_of_address, p.salutation,
        coalesce(nullif(p.language, ''), c.language, o.language, 'de') AS language, a.customer AS customer_id, p.merged_into,
        trim(p.given_name || ' ' || p.family_name) AS name,
        (SELECT e.address FROM email_address e WHERE e.person = p.id ORDER BY e.position, e.id LIMIT 1) AS email,
        EXISTS (SELECT FROM information_notice n JOIN outbox_message m ON m.id = n.outbox_id
            WHERE n.person = p.id AND m.status IN ('queued', 'sending')) AS is_under_way,
        (SELECT count(*) FROM information_notice n WHERE n.person = p.id) AS earlier
    FROM information_duty d JOIN person p ON p.id = d.person CROSS JOIN company o
    LEFT JOIN LATERAL (SELECT a.customer FROM affiliation a WHERE a.person = p.id ORDER BY a.is_self DESC, a.id LIMIT 1) a ON true
    LEFT JOIN customer c ON c.id = a.customer WHERE d.person = $1 FOR UPDATE OF d
"""


@dataclass(frozen=True, slots=True)
class _Letter:
    """What all notices in one language have in common."""

    line: str
    text: str
    signature: str
    imprint: str


async def _letter_in(code: str) -> _Letter:
    line, text, _version = await texts(code)
    about, told = await company(), await particulars()
    return _Letter(line, text, usual_signature(told.officer_name or about.name, code), about.imprint)


async def send_notice(
    person_id: int, *, run: int | None = None, by: int, now: datetime, letters: dict[str, _Letter] | None = None
) -> int:
    """Write the notice to a person who is owed it; answers the id of the mail. Whether they have it follows from the outbox
    (`settle_notices`). Raises NotFound if nothing is owed, RuleBroken without an address or while one is under way. `letters` are those
    that were read already for others of the same run, by language."""
    async with transaction():
        person = await fetch_one(_PERSON, person_id)
        if person is None or person.merged_into is not None:
            raise NotFound()
        if person.status != "pending":
            raise RuleBroken(_("This person has been informed already."))
        if not person.email:
            raise RuleBroken(_("This person has no e-mail address. Write a letter, then mark them as informed."))
        if person.is_under_way:
            raise RuleBroken(_("A notice to this person is on its way already."))
        outbox_id = await _write(person, {} if letters is None else letters, by=by, now=now)
        await execute(
            "INSERT INTO information_notice (person, run, outbox_id, address, by_user, at) VALUES ($1, $2, $3, $4, $5, $6)",
            person_id, run, outbox_id, person.email, by, now,
        )  # fmt: skip
        await record("notice.sent", "person", person_id, by=by, now=now, fields={"email": person.email})
        return outbox_id


async def _write(person: Row, letters: dict[str, _Letter], *, by: int, now: datetime) -> int:
    code = person.language if person.language in LANGUAGES else "en"
    if code not in letters:
        letters[code] = await _letter_in(code)
    common = letters[code]
    with speaking(code):
        body = filled(common.text, salutation(person, code), person.source)
    mail = letter(common.line, body, code, signature=common.signature, imprint=common.imprint)
    outbox_id = await queue_mail(
        purpose=PURPOSE, to_address=person.email, to_name=person.name, subject=mail.subject, text=mail.text, html=mail.html,
        language=code, now=now, by=by, person_id=person.id, customer_id=person.customer_id,
        dedupe_key=f"information {person.duty} {person.earlier}",
    )  # fmt: skip
    if outbox_id is None:
        raise RuleBroken(_("A notice to this person is on its way already."))
    return outbox_id


async def request_run(*, by: int, now: datetime) -> int | None:
    """Ask for notices to all who wait and have an address; the id of the run, or of the one that is under way. None if nobody waits."""
    async with transaction():
        await execute("LOCK TABLE notice_run IN SHARE ROW EXCLUSIVE MODE")
        running = await fetch_value("SELECT id FROM notice_run WHERE status <> 'done' ORDER BY id DESC LIMIT 1")
        if running is not None:
            return int(running)
        new = await fetch_value(
            "INSERT INTO notice_run (status, persons, done, written, requested_by, requested_at) SELECT 'queued', x.persons, 0, 0, $1, $2 "
            "FROM (SELECT array_agg(d.person ORDER BY d.due_on, d.id) AS persons FROM information_duty d JOIN person p ON p.id = d.person "
            "WHERE d.status = 'pending' AND p.restricted_at IS NULL AND p.merged_into IS NULL "
            "AND EXISTS (SELECT FROM email_address e WHERE e.person = p.id) "
            "AND EXISTS (SELECT FROM affiliation a JOIN customer c ON c.id = a.customer WHERE a.person = p.id "
            "AND c.deleted_at IS NULL AND c.restricted_at IS NULL)) x WHERE x.persons IS NOT NULL RETURNING id",
            by, now,
        )  # fmt: skip
        if new is None:
            return None
        await record("notice.run", "privacy", None, by=by, now=now, fields={"notices": int(new)})
    await enqueue("send_notices", int(new))
    return int(new)


async def send_notices(run_id: int, *, now: datetime) -> None:
    """Write the notices of a run, some at a time; a run that stopped in the middle goes on where it was. Safe to run twice."""
    while True:
        async with transaction():
            run = await fetch_one(
                "SELECT id, persons[done + 1:done + $2] AS next, requested_by FROM notice_run WHERE id = $1 AND status <> 'done' "
                "FOR UPDATE SKIP LOCKED",
                run_id, BATCH,
            )  # fmt: skip
            if run is None:
                return
            written, letters = 0, dict[str, _Letter]()
            for person_id in run.next:
                written += await _try(person_id, run, letters, now=now)
            is_over = len(run.next) < BATCH
            await execute(
                "UPDATE notice_run SET status = $2, done = done + $3, written = written + $4, claimed_at = $5, finished_at = $6 "
                "WHERE id = $1",
                run_id, "done" if is_over else "running", len(run.next), written, now, now if is_over else None,
            )  # fmt: skip
            if is_over:
                return


async def _try(person_id: int, run: Row, letters: dict[str, _Letter], *, now: datetime) -> int:
    """One of a run: whoever was informed, restricted or erased meanwhile is left out. What is refused is refused before anything
    is written, so that the transaction goes on."""
    still = await fetch_value("SELECT 1 FROM person WHERE id = $1 AND restricted_at IS NULL", person_id)
    if still is None:
        return 0
    try:
        await send_notice(person_id, run=run.id, by=run.requested_by, now=now, letters=letters)
    except (NotFound, RuleBroken):
        return 0
    return 1


async def sweep_notices(*, now: datetime) -> None:
    """Runs that a lost queue or a dead worker left behind go on; what has left the outbox counts as told; officers are reminded."""
    for row in await fetch(
        "SELECT id FROM notice_run WHERE status <> 'done' AND coalesce(claimed_at, requested_at) < $1", now - STALE
    ):
        await enqueue("send_notices", row.id)
    await settle_notices()
    await remind_of_information(now=now)


async def settle_notices() -> int:
    """Whoever's notice the mail server has taken counts as informed on that day; how many."""
    rows = await fetch(
        "UPDATE information_duty d SET status = 'sent', settled_on = (o.sent_at AT TIME ZONE $2)::date, "
        "settled_by = n.by_user, how = $1 FROM information_notice n JOIN outbox_message o ON o.id = n.outbox_id "
        "WHERE n.person = d.person AND d.status = 'pending' AND o.status = 'sent' AND n.at >= d.obtained_at RETURNING d.id",
        "mail",
        str(zone.get()),
    )
    return len(rows)


async def remind_of_information(*, now: datetime) -> int:
    """Tell the officers once for each due day that people must be informed by then; how many days."""
    today = local_day(now)
    days = await fetch(
        "SELECT d.due_on, count(*) AS n FROM information_duty d JOIN person p ON p.id = d.person WHERE d.status = 'pending' "
        "AND d.due_on BETWEEN $1 AND $2 AND p.merged_into IS NULL GROUP BY d.due_on ORDER BY d.due_on",
        today, today + REMIND_BEFORE,
    )  # fmt: skip
    for row in days:
        for officer in await officers():
            await notify(
                officer, Kind.INFORMATION_DUE, detail={"count": row.n, "on": row.due_on.isoformat()}, link="/information", now=now,
                dedupe_key=f"information due {row.due_on} {officer}",
            )  # fmt: skip
    return len(days)


async def write_text(code: str, subject: str, text: str, version: int, *, by: int, now: datetime) -> None:
    """Save the officer's own text. Raises Invalid for what is missing, Conflict if somebody saved meanwhile."""
    errors = {}
    if not subject:
        errors["subject"] = _("Please fill this in.")
    if gaps := missing(text):
        errors["text"] = _("Put %(places)s where it shall stand: it is filled in for each person.") % {
            "places": ", ".join(gaps)
        }
    if errors:
        raise Invalid(errors)
    async with transaction():
        saved = await fetch_value(
            "INSERT INTO notice_text (language, subject, text, changed_by, changed_at, version) SELECT $1, $2, $3, $4, $5, 1 WHERE $6 = 0 "
            "ON CONFLICT (language) DO NOTHING RETURNING id"
            if version == 0
            else "UPDATE notice_text SET subject = $2, text = $3, changed_by = $4, changed_at = $5, version = version + 1 "
            "WHERE language = $1 AND version = $6 RETURNING id",
            code, subject, text, by, now, version,
        )  # fmt: skip
        if saved is None:
            raise Conflict(_("Somebody changed this text while you were working on it."))
        await record(
            "notice.text", "privacy", None, by=by, now=now, fields={"notice_language": code, "notice_subject": subject}
        )


async def use_proposal(code: str, *, by: int, now: datetime) -> None:
    """Throw the own text away: the proposal, which follows the configuration, holds again."""
    async with transaction():
        await execute("DELETE FROM notice_text WHERE language = $1", code)
        await record(
            "notice.text", "privacy", None, by=by, now=now, fields={"notice_language": code, "notice_subject": ""}
        )
