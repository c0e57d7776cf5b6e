"""The verbs about the run: confirm and start, pause, go on, stop; and the portions in which the mails are handed over.

The mailing's row is the truth. A portion is one transaction: mails in the outbox, lines in the histories and the readers' state are
written together or not at all, so a worker that dies loses nothing, and nothing is sent twice (a dedupe key for each reader)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from crm.accounts.audit import record
from crm.consents.sending import ManyMessage, queue_mails
from crm.customers.tables import TimelineKind
from crm.customers.timeline import ENTRY
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Invalid, NotFound, RuleBroken
from crm.mailings.audience import audience_query, choices, customers_of
from crm.mailings.drafting import locked_draft
from crm.mailings.queries import due_mailings, readers, surroundings
from crm.mailings.rules import Choice, are_too_many, pace, portion, text_language
from crm.mailings.tables import MailingStatus, RecipientState
from crm.mailings.texts import compose, texts_of
from crm.notifications.quiet_times import Preference, next_allowed
from crm.queue import enqueue
from crm.service_levels.calendar import Calendar
from crm.service_levels.queries import company_calendar
from crm.web.i18n import _, zone

HEADERS = {"Precedence": "bulk", "Auto-Submitted": "auto-generated"}
"""No out-of-office answer comes back (RFC 3834)."""
SOONEST = timedelta(minutes=1)
FURTHEST = timedelta(days=180)


async def start_mailing(
    mailing_id: int, *, version: int, confirmed: int, start_at: datetime | None, by: int, now: datetime
) -> None:
    """Confirm a draft with the number of readers that was shown: it begins at `start_at`, or now. Raises NotFound, RuleBroken for one
    that is no draft or not ready, Conflict if it was changed since `version`, Invalid for a time that is over or far away."""
    if start_at is not None and not now - SOONEST <= start_at <= now + FURTHEST:
        raise Invalid({"start_at": _("Choose a time from now on, within the next six months.")})
    if confirmed < 1:
        raise RuleBroken(_("Nobody may get this mailing. Look at the reasons, or choose other customers."))
    async with transaction():
        row = await locked_draft(mailing_id)
        if row.version != version:
            raise Conflict(
                _("Somebody changed this draft after you looked at it. Look again and confirm."), version=row.version
            )
        query = await audience_query(row)
        if query is None:
            raise RuleBroken(_("Choose first whom it is for."))
        if not text_language("de", texts_of(row)):
            raise RuleBroken(_("Write subject and text first."))
        at = max(now, start_at or now)
        await execute(
            "UPDATE mailing SET status = 'planned', confirmed = $2, confirmed_by = $3, confirmed_at = $4, start_at = $5, next_at = $5, "
            'query = $6, view_name = coalesce((SELECT name FROM saved_view WHERE id = mailing."view"), \'\') WHERE id = $1',
            mailing_id, confirmed, by, now, at, query,
        )  # fmt: skip
        told = {"readers": confirmed, "start_at": at.isoformat()}
        await record("mailing.confirmed", "mailing", mailing_id, by=by, now=now, fields=told)
        await enqueue("run_mailing", mailing_id, at=at if at > now else None)


async def pause_mailing(mailing_id: int, *, by: int, now: datetime) -> None:
    """Hold it: what is handed over already leaves. Raises RuleBroken if it isn't running."""
    await _turn(mailing_id, (MailingStatus.RUNNING,), MailingStatus.PAUSED, "mailing.paused", by, now)


async def resume_mailing(mailing_id: int, *, by: int, now: datetime) -> None:
    """Go on. Raises RuleBroken if it isn't paused."""
    async with transaction():
        await _turn(mailing_id, (MailingStatus.PAUSED,), MailingStatus.RUNNING, "mailing.resumed", by, now)
        await execute("UPDATE mailing SET next_at = $2, problem = '' WHERE id = $1", mailing_id, now)
        await enqueue("run_mailing", mailing_id)


async def stop_mailing(mailing_id: int, *, by: int, now: datetime) -> MailingStatus:
    """End it for good: who waits gets nothing. One that has not begun becomes a draft again. What it is now. Raises NotFound, RuleBroken
    if it is over."""
    async with transaction():
        row = await fetch_one("SELECT status FROM mailing WHERE id = $1 FOR UPDATE", mailing_id)
        if row is not None and row.status == MailingStatus.PLANNED:
            await execute(
                "UPDATE mailing SET status = 'draft', confirmed = 0, confirmed_by = NULL, confirmed_at = NULL, start_at = NULL, "
                "next_at = NULL, query = '', view_name = '', version = version + 1 WHERE id = $1",
                mailing_id,
            )
            await record("mailing.called_off", "mailing", mailing_id, by=by, now=now)
            return MailingStatus.DRAFT
        going = (MailingStatus.RUNNING, MailingStatus.PAUSED)
        await _turn(mailing_id, going, MailingStatus.CANCELLED, "mailing.stopped", by, now)
        await execute(
            "UPDATE mailing_recipient SET state = 'dropped' WHERE mailing = $1 AND state = 'waiting'", mailing_id
        )
        await execute("UPDATE mailing SET finished_at = $2, next_at = NULL WHERE id = $1", mailing_id, now)
        return MailingStatus.CANCELLED


async def _turn(
    mailing_id: int, before: Sequence[MailingStatus], after: MailingStatus, action: str, by: int, now: datetime
) -> None:
    async with transaction():
        changed = await fetch_value(
            "UPDATE mailing SET status = $3 WHERE id = $1 AND status = ANY($2) RETURNING id",
            mailing_id, [each.value for each in before], after.value,
        )  # fmt: skip
        if changed is None:
            if await fetch_value("SELECT id FROM mailing WHERE id = $1", mailing_id) is None:
                raise NotFound()
            raise RuleBroken(_("The mailing has gone on meanwhile. Please look at where it stands now."))
        await record(action, "mailing", mailing_id, by=by, now=now)


async def run_mailing(mailing_id: int, *, now: datetime) -> datetime | None:
    """Hand over the next portion, if it is due; when the one after it is. Safe to call twice and at once: one holds the row, the other
    one leaves. Mails rest at night and on days off, unless that was chosen; without a calendar of the company at night and on Sundays."""
    async with transaction():
        row = await fetch_one(
            "SELECT * FROM mailing WHERE id = $1 AND status IN ('planned', 'running') AND next_at <= $2 FOR UPDATE SKIP LOCKED",
            mailing_id, now,
        )  # fmt: skip
        if row is None:
            return None
        at = await _allowed_from(row, now)
        if at <= now:
            if row.status == MailingStatus.PLANNED and not await _begin(row, now):
                return None
            handed = await _hand_over(row, now)
            if handed is None:
                await execute(
                    "UPDATE mailing SET status = 'done', finished_at = $2, next_at = NULL WHERE id = $1",
                    mailing_id,
                    now,
                )
                return None
            at = now + pace(handed, row.per_minute)
        await execute("UPDATE mailing SET next_at = $2 WHERE id = $1", mailing_id, at)
        await enqueue("run_mailing", mailing_id, at=at)
        return at


async def sweep_mailings(*, now: datetime) -> None:
    """Go on with what the queue lost."""
    for mailing_id in await due_mailings(now):
        await run_mailing(mailing_id, now=now)


async def _allowed_from(row: Row, now: datetime) -> datetime:
    if row.at_night:
        return now
    calendar = await company_calendar(now) or Calendar(zone.get(), {})
    return next_allowed(Preference(), calendar, now)


async def _begin(row: Row, now: datetime) -> bool:
    """Write down who gets it and who doesn't, all at once. False if somebody has to look again first."""
    found = 0
    ids = await customers_of(row.query, by=row.audience_by, now=now)
    async for batch in choices(ids, purpose=row.purpose, now=now):
        found += sum(choice.gets_it for choice in batch)
        await _write(row.id, batch)
    is_held = are_too_many(found, row.confirmed)
    await execute(
        "UPDATE mailing SET status = $2, started_at = $3, problem = $4 WHERE id = $1",
        row.id, (MailingStatus.PAUSED if is_held else MailingStatus.RUNNING).value, now, "more_than_confirmed" if is_held else "",
    )  # fmt: skip
    return not is_held


async def _write(mailing_id: int, batch: Sequence[Choice]) -> None:
    rows = [
        (
            None if each.candidate.is_hidden else each.candidate.customer_id, each.candidate.person_id,
            each.candidate.name[:200], each.candidate.address[:254], each.candidate.language,
            (RecipientState.WAITING if each.gets_it else RecipientState.LEFT_OUT).value, each.reason,
            each.candidate.basis if each.gets_it else "",
        )
        for each in batch
    ]  # fmt: skip
    if rows:
        await execute(
            "INSERT INTO mailing_recipient (mailing, customer_id, person_id, name, address, language, state, reason, basis) "
            "SELECT $1, x.* FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], "
            "$9::text[]) AS x",
            mailing_id, *map(list, zip(*rows, strict=True)),
        )  # fmt: skip


async def _hand_over(row: Row, now: datetime) -> int | None:
    """The next portion into the outbox and into the histories; how many. None when nobody waits any more."""
    waiting = await fetch(
        "SELECT id, customer_id, person_id, name, address, language FROM mailing_recipient "
        "WHERE mailing = $1 AND state = 'waiting' ORDER BY id LIMIT $2",
        row.id, portion(row.per_minute),
    )  # fmt: skip
    if not waiting:
        return None
    known = await readers([(each.id, each.person_id, each.customer_id, each.address) for each in waiting])
    around, texts = await surroundings(row.confirmed_by, now), texts_of(row)
    messages: dict[int, ManyMessage] = {}
    for each in waiting:
        if (reader := known.get(each.id)) is None:
            continue
        language, mail = compose(texts, reader, each.language, around)
        messages[each.id] = ManyMessage(
            f"mailing {row.id} {each.id}", each.address, each.name, mail.subject, mail.text, mail.html, language,
            reader.customer, reader.person,
        )  # fmt: skip
    outbox = await queue_mails(
        list(messages.values()), purpose=row.purpose, by=row.confirmed_by, now=now, headers=HEADERS
    )
    written = {each: outbox[message.dedupe_key] for each, message in messages.items() if message.dedupe_key in outbox}
    await _note(row, waiting, written)
    await _tell_histories(row, messages, written, now)
    return len(waiting)


async def _note(row: Row, waiting: Sequence[Row], written: Mapping[int, tuple[int, bool]]) -> None:
    """Who is handed over; whoever is not there any more, restricted by now, or no longer at their address, is left out."""
    await execute(
        "UPDATE mailing_recipient r SET state = CASE WHEN x.outbox IS NULL THEN 'left_out' ELSE 'handed_over' END, "
        "outbox_id = x.outbox, reason = CASE WHEN x.outbox IS NOT NULL THEN '' WHEN EXISTS (SELECT FROM customer c "
        "LEFT JOIN person p ON p.id = r.person_id WHERE c.id = r.customer_id AND (c.restricted_at IS NOT NULL "
        "OR p.restricted_at IS NOT NULL)) THEN 'restricted' ELSE 'unknown_person' END "
        "FROM unnest($1::bigint[], $2::bigint[]) AS x(id, outbox) WHERE r.id = x.id AND r.mailing = $3",
        [each.id for each in waiting], [written.get(each.id, (None, False))[0] for each in waiting], row.id,
    )  # fmt: skip


async def _tell_histories(
    row: Row, messages: Mapping[int, ManyMessage], written: Mapping[int, tuple[int, bool]], now: datetime
) -> None:
    """A line for each mail that goes out. It is no personal contact, and the contact rhythm stays as it is."""
    lines = [
        (
            messages[each].customer_id, messages[each].person_id, each, messages[each].subject,
            msgspec.json.encode({"mailing": row.id, "outbox": outbox, "channel": "email", "automatic": True}).decode(),
        )
        for each, (outbox, is_allowed) in written.items()
        if is_allowed
    ]  # fmt: skip
    if lines:
        await execute(
            f"{ENTRY} SELECT x.customer, x.person, $1, $2, x.ref, x.title, '', $3, x.detail "
            "FROM unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::jsonb[]) AS x(customer, person, ref, title, detail)",
            TimelineKind.MAIL.value, now, row.confirmed_by, *map(list, zip(*lines, strict=True)),
        )  # fmt: skip
