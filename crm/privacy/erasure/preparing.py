"""The verbs before an erasure: one person prepares and submits it, another one approves it or hands it back."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from crm.accounts.audit import record
from crm.accounts.permissions import Permission
from crm.accounts.queries import staff_who_may
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Invalid, NotFound, RuleBroken
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.privacy.erasure.overview import Overview, overview_of
from crm.privacy.erasure.tables import Decision, ErasureStatus
from crm.privacy.erasure.words import MISSING
from crm.privacy.subject import subject_of
from crm.queue import enqueue
from crm.web.formats import num
from crm.web.i18n import _, ngettext

REASON_LIMIT = 500
OPEN = ("draft", "submitted", "approved", "running")


async def prepare_erasure(request_id: int, *, by: int, now: datetime) -> int:
    """Begin the erasure that a request asks for; its id, the earlier one's if there is one. Raises NotFound for another kind of
    request, RuleBroken while it is not known who the person is, or if somebody prepares their erasure already."""
    async with transaction():
        request = await fetch_one(
            "SELECT id, person, customer, language FROM data_request WHERE id = $1 AND kind = 'erasure' FOR UPDATE",
            request_id,
        )
        if request is None:
            raise NotFound()
        earlier = await fetch_value("SELECT id FROM erasure WHERE request = $1 AND status <> 'cancelled'", request_id)
        if earlier is not None:
            return int(earlier)
        subject = await subject_of(request.person, None if request.person else request.customer)
        if not subject.persons and not subject.customers:
            raise RuleBroken(_("First say on the request which person it is about."))
        other = await fetch_value(
            "SELECT id FROM erasure WHERE status = ANY($1) AND (persons && $2 OR customers && $3)",
            list(OPEN), list(subject.persons), list(subject.customers),
        )  # fmt: skip
        if other is not None:
            raise RuleBroken(_("Erasure no. %(n)s of this person is already under way.") % {"n": num(other)})
        new = await fetch_value(
            "INSERT INTO erasure (uid, request, person, customer, persons, customers, needles, status, language, note, prepared_by, "
            "prepared_at, fingerprint, is_replayed, files, found, certificate_hash, version) VALUES ($1, $2, $3, $4, $5, $6, '{}', "
            "'draft', $7, '', $8, $9, '', false, '{}', '{}', '', 1) RETURNING id",
            uuid4().hex, request_id, request.person, None if request.person else request.customer, list(subject.persons),
            list(subject.customers), request.language or "de", by, now,
        )  # fmt: skip
        await record("erasure.prepared", "erasure", new, by=by, now=now, fields={"request_id": request_id})
        return int(new)


async def decide_mention(
    erasure_id: int, key: tuple[str, str, int], digest: str, decision: Decision, reason: str, *, by: int, now: datetime
) -> None:
    """What becomes of a mention in somebody else's text. It is left only with a reason (Invalid without)."""
    reason = reason.strip()[:REASON_LIMIT]
    if decision == Decision.LEAVE and not reason:
        raise Invalid({"reason": _("Please say why the mention stays.")})
    async with transaction():
        await _draft(erasure_id)
        await execute(
            "INSERT INTO erasure_mention (erasure, table_name, column_name, row_id, digest, decision, reason, decided_by, decided_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (erasure, table_name, column_name, row_id) DO UPDATE SET "
            "digest = $5, decision = $6, reason = $7, decided_by = $8, decided_at = $9",
            erasure_id, *key, digest, decision.value, reason, by, now,
        )  # fmt: skip


async def decide_shown(
    erasure: Row, key: tuple[str, str, int], digest: str, decision: Decision, reason: str, *, by: int, now: datetime
) -> None:
    """As decide_mention, for a place that somebody names: NotFound unless the preview shows it, in this very text."""
    shown = {(text.table, text.column, text.row_id): text.digest for text in (await overview_of(erasure, now)).texts}
    if shown.get(key) != digest or decision == Decision.OPEN:
        raise NotFound()
    await decide_mention(erasure.id, key, digest, decision, reason, by=by, now=now)


async def decide_rest(erasure: Row, decision: Decision, reason: str, *, by: int, now: datetime) -> int:
    """The same decision about all mentions that are still open; how many."""
    if decision == Decision.OPEN:
        return 0
    count, more = 0, True
    while more:
        overview = await overview_of(erasure, now)
        done = await decide_all(erasure, overview, decision, reason, by=by, now=now)
        count, more = count + done, overview.more_texts and done > 0
    return count


async def decide_all(
    erasure: Row, overview: Overview, decision: Decision, reason: str, *, by: int, now: datetime
) -> int:
    """The same decision about all mentions of this preview that are still open; how many."""
    left = [text for text in overview.texts if not text.decision]
    async with transaction():
        for text in left:
            key = (text.table, text.column, text.row_id)
            await decide_mention(erasure.id, key, text.digest, decision, reason, by=by, now=now)
    return len(left)


async def submit_erasure(erasure: Row, seen: str, *, by: int, now: datetime) -> None:
    """Hand a prepared erasure to a second person. `seen` is the fingerprint of the preview that was looked at: Conflict if it would
    be another one now. RuleBroken while something stands against it (obstacles)."""
    await hand_over(erasure, await overview_of(erasure, now), seen, by=by, now=now)


async def hand_over(erasure: Row, overview: Overview, seen: str, *, by: int, now: datetime) -> None:
    """As submit_erasure, where the preview of this moment is there already."""
    demand_unhindered(overview)
    if overview.undecided:
        raise RuleBroken(ngettext(
            "One mention in another text is not decided yet.", "%(num)s mentions in other texts are not decided yet.", overview.undecided,
        ) % {"num": num(overview.undecided)})  # fmt: skip
    if overview.fingerprint != seen:
        raise Conflict(_changed())
    async with transaction():
        await _draft(erasure.id)
        await execute(
            "UPDATE erasure SET status = 'submitted', fingerprint = $2, prepared_by = $3, submitted_at = $4, note = '', "
            "persons = $5, customers = $6, version = version + 1 WHERE id = $1",
            erasure.id, overview.fingerprint, by, now, list(overview.subject.persons), list(overview.subject.customers),
        )  # fmt: skip
        await record("erasure.submitted", "erasure", erasure.id, by=by, now=now)
        for reader in await staff_who_may(Permission.PRIVACY_APPROVE, besides=by):
            await notify(
                reader, Kind.ERASURE_SUBMITTED, detail={"number": erasure.id}, link=f"/privacy/erasures/{erasure.id}", now=now,
                dedupe_key=f"erasure {erasure.id} {erasure.version} {reader}",
            )  # fmt: skip


async def approve_erasure(erasure: Row, seen: str, *, by: int, now: datetime) -> None:
    """The second person's yes: from here on the worker does it. Never the one who prepared it (RuleBroken). If something else would
    be erased than what was submitted, it goes back to be prepared anew (Conflict)."""
    if erasure.prepared_by == by:
        raise RuleBroken(_("You have prepared this erasure yourself. Another person must approve it."))
    overview = await overview_of(erasure, now)
    demand_unhindered(overview)
    if overview.fingerprint != erasure.fingerprint or seen != erasure.fingerprint:
        if erasure.status == ErasureStatus.SUBMITTED and overview.fingerprint != erasure.fingerprint:
            await ask_anew(erasure.id, now=now)
        raise Conflict(_changed())
    async with transaction():
        mine = await fetch_value(
            "UPDATE erasure SET status = 'approved', approved_by = $2, approved_at = $3, version = version + 1 "
            "WHERE id = $1 AND status = 'submitted' AND fingerprint = $4 AND prepared_by <> $2 RETURNING id",
            erasure.id, by, now, seen,
        )  # fmt: skip
        if mine is None:
            raise Conflict(_changed())
        await record("erasure.approved", "erasure", erasure.id, by=by, now=now)
        await enqueue("erase_person", erasure.id)


async def hand_back_erasure(erasure: Row, reason: str, *, by: int, now: datetime) -> None:
    """The second person's no, with the reason: it is prepared further."""
    reason = reason.strip()[:REASON_LIMIT]
    if not reason:
        raise Invalid({"reason": _("Please say what is to be changed.")})
    async with transaction():
        await _leave(erasure.id, ("submitted",), "draft", note=reason)
        await record("erasure.handed_back", "erasure", erasure.id, by=by, now=now, fields={"reason": reason})
        if erasure.prepared_by is not None and erasure.prepared_by != by:
            await _tell_preparer(erasure, now)


async def cancel_erasure(erasure: Row, *, by: int, now: datetime) -> None:
    """Give an erasure up, until the worker has begun."""
    async with transaction():
        await _leave(erasure.id, ("draft", "submitted", "approved"), "cancelled")
        await record("erasure.cancelled", "erasure", erasure.id, by=by, now=now)


async def ask_anew(erasure_id: int, *, now: datetime) -> None:
    """What would be erased has changed since it was submitted or approved: it is prepared and approved anew."""
    async with transaction():
        rows = await fetch(
            "UPDATE erasure SET status = 'draft', fingerprint = '', changed_at = $2, approved_by = NULL, approved_at = NULL, "
            "version = version + 1 WHERE id = $1 AND status IN ('submitted', 'approved') RETURNING id, prepared_by, version",
            erasure_id, now,
        )  # fmt: skip
        for row in rows:
            await record("erasure.changed", "erasure", erasure_id, by=None, now=now)
            await _tell_preparer(row, now)


def demand_unhindered(overview: Overview) -> None:
    """Raises RuleBroken with what stands against the erasure: a hold, an enquiry that is open, a request that does not ask for it
    (any more) or nobody knows from whom, or nobody to erase."""
    if overview.subject.is_erased or not overview.rows:
        raise RuleBroken(_("There is nothing left to erase."))
    if overview.holds:
        raise RuleBroken(_("A legal hold forbids the erasure. Lift it first, or wait until it ends."))
    if overview.open_tickets:
        raise RuleBroken(ngettext(
            "One enquiry is still open. Please complete it first.", "%(num)s enquiries are still open. Please complete them first.",
            overview.open_tickets,
        ) % {"num": num(overview.open_tickets)})  # fmt: skip
    if overview.missing:
        raise RuleBroken(_(MISSING[overview.missing]))


def _changed() -> str:
    return _("What would be erased has changed meanwhile. Please look at it once more.")


async def _draft(erasure_id: int) -> None:
    if await fetch_value("SELECT 1 FROM erasure WHERE id = $1 AND status = 'draft' FOR UPDATE", erasure_id) is None:
        raise Conflict(_("This erasure is not being prepared any more."))


async def _leave(erasure_id: int, before: tuple[str, ...], after: str, note: str = "") -> None:
    mine = await fetch_value(
        "UPDATE erasure SET status = $3, note = $4, fingerprint = '', approved_by = NULL, approved_at = NULL, version = version + 1 "
        "WHERE id = $1 AND status = ANY($2) RETURNING id",
        erasure_id, list(before), after, note,
    )  # fmt: skip
    if mine is None:
        raise Conflict(_("Somebody else has gone on with this erasure meanwhile."))


async def _tell_preparer(erasure: Row, now: datetime) -> None:
    if erasure.prepared_by is not None:
        await notify(
            erasure.prepared_by, Kind.ERASURE_BACK, detail={"number": erasure.id}, link=f"/privacy/erasures/{erasure.id}", now=now,
            dedupe_key=f"erasure back {erasure.id} {erasure.version}",
        )  # fmt: skip
