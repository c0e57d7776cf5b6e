"""What officers do with a request: begin, say who it is, check the identity, note, settle."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crm.accounts.audit import record
from crm.customers.data import full_name_sql
from crm.customers.merged import survivor_of
from crm.database import HIGHEST_ID, Row, execute, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Invalid, NotFound, RuleBroken
from crm.privacy.desk.filing import log
from crm.privacy.desk.tables import Identity, RequestKind, RequestStatus
from crm.web.i18n import _

SETTLED = (RequestStatus.DONE, RequestStatus.REFUSED)


async def take_request(request_id: int, version: int | None = None, *, settled: bool = False) -> Row:
    """The request, held until the caller's transaction ends. Raises NotFound, Conflict if somebody has worked on it since this
    `version` was shown, and RuleBroken if it is settled (unless that is all right: `settled`)."""
    row: Row | None = await fetch_one(
        "SELECT * FROM data_request WHERE id = $1 FOR UPDATE", min(request_id, HIGHEST_ID)
    )
    if row is None:
        raise NotFound()
    if version is not None and version != row.version:
        raise Conflict(
            _("Somebody has worked on this request meanwhile. Load the page again and look at what has changed."),
            (),
            row.version,
        )
    if not settled and row.status in SETTLED:
        raise RuleBroken(_("This request is settled. A new wish of the person is a new request."))
    return row


async def write_step(
    request_id: int, event: str, *, by: int | None, now: datetime, note: str = "", detail: dict[str, Any] | None = None,
    outbox_id: int | None = None, **columns: Any,
) -> None:  # fmt: skip
    """Change the request, and put the step into its log and into the audit trail, in the caller's transaction."""
    sets = "".join(f", {name} = ${place}" for place, name in enumerate(columns, start=2))
    await execute(f"UPDATE data_request SET version = version + 1{sets} WHERE id = $1", request_id, *columns.values())
    await log(request_id, event, by=by, now=now, note=note, detail=detail, outbox_id=outbox_id)
    fields: dict[str, Any] = {"request_step": event}
    if "status" in columns:
        fields["request_status"] = columns["status"]
    await record("data_request.worked_on", "data_request", request_id, by=by, now=now, fields=fields)


def under_way(row: Row) -> str:
    """The status of a request on which somebody has worked: no longer new."""
    return RequestStatus.IN_PROGRESS.value if row.status == RequestStatus.NEW else str(row.status)


async def begin_request(request_id: int, *, version: int | None = None, by: int, now: datetime) -> None:
    """An officer works on it from now on."""
    async with transaction():
        row = await take_request(request_id, version)
        if row.status == RequestStatus.NEW:
            await write_step(request_id, "begun", by=by, now=now, status=RequestStatus.IN_PROGRESS.value)


async def note_on_request(request_id: int, text: str, *, by: int, now: datetime) -> None:
    """A note in the log; settled requests take notes, too."""
    async with transaction():
        await take_request(request_id, settled=True)
        await write_step(request_id, "note", by=by, now=now, note=text)


async def change_kind(
    request_id: int, kind: RequestKind, *, version: int | None = None, by: int, now: datetime
) -> None:
    """The person wants something else than was thought when it came in; the day stays."""
    async with transaction():
        row = await take_request(request_id, version)
        if row.kind != kind:
            await write_step(request_id, "kind", by=by, now=now, kind=kind.value, detail={"asked": kind.value})


async def name_subject(
    request_id: int, customer_id: int, person_id: int | None, *, version: int | None = None, by: int, now: datetime
) -> None:
    """Whom the request is about. Of a private customer the person follows; a further person at one asks for themselves alone, so the
    customer is left out. If somebody else was meant before, what was found out about them counts no more: their identity is open again,
    and copies that were made of their data are handed to nobody. Raises Invalid for a person of somebody else, RuleBroken while
    an erasure of the earlier person is open."""
    async with transaction():
        row = await take_request(request_id, version)
        found = await fetch_one(
            f"SELECT c.id, c.name, c.kind, a.person, a.is_self, {full_name_sql('p')} AS person_name FROM customer c "
            "LEFT JOIN affiliation a ON a.customer = c.id AND (a.person = $2 OR $2::bigint IS NULL AND a.is_self) "
            "LEFT JOIN person p ON p.id = a.person WHERE c.id = $1 AND c.merged_into IS NULL",
            customer_id, person_id,
        )  # fmt: skip
        if found is None:
            raise Invalid({"customer": _("There is no such customer. Give the number or the name.")})
        if person_id is not None and found.person is None:
            raise Invalid({"person_id": _("This person does not belong to that customer.")})
        is_theirs = found.person is None or found.is_self or found.kind == "organisation"
        customer = customer_id if is_theirs else None
        again: dict[str, Any] = {}
        if await _is_somebody_else(row, found.person, customer):
            await _end_work_on_other(request_id, now)
            again = {"identity": Identity.UNCHECKED.value, "identity_how": "", "identity_by": None, "identity_at": None}
        await write_step(
            request_id, "named", by=by, now=now, detail={"name": found.person_name or found.name}, customer=customer,
            person=found.person, **again,
        )  # fmt: skip


async def _is_somebody_else(row: Row, person: int | None, customer: int | None) -> bool:
    """Whether another was meant before; whoever was merged meanwhile is the same."""
    if row.person is not None or person is not None:
        before = await survivor_of("person", row.person) or row.person if row.person is not None else None
        return (row.person is not None or row.customer is not None) and before != person
    return row.customer is not None and row.customer != customer


async def _end_work_on_other(request_id: int, now: datetime) -> None:
    erasure = await fetch_value(
        "SELECT id FROM erasure WHERE request = $1 AND status IN ('draft', 'submitted', 'approved', 'running')",
        request_id,
    )
    if erasure is not None:
        words = _("Erasure no. %(n)s is under way for this request. Cancel it before you name somebody else.")
        raise RuleBroken(words % {"n": erasure})
    await execute(
        "UPDATE access_copy SET status = 'failed', serial = serial + 1, link_until = NULL, expires_at = least(expires_at, $2) "
        "WHERE request = $1 AND status <> 'failed'",
        request_id, now,
    )  # fmt: skip


async def settle_identity(
    request_id: int, identity: Identity, how: str, *, version: int | None = None, by: int, now: datetime
) -> None:
    """How it was checked that the person asks who is meant, and with which result (Art. 12 (6)). Raises Invalid without a how."""
    if identity not in (Identity.CONFIRMED, Identity.FAILED):
        raise Invalid({"identity": _("Say whether it is the person.")})
    if not how.strip():
        raise Invalid({"how": _("Say how it was checked: it is kept as proof.")})
    async with transaction():
        row = await take_request(request_id, version)
        status = (
            RequestStatus.IN_PROGRESS
            if row.status in (RequestStatus.NEW, RequestStatus.WAITING_IDENTITY)
            else row.status
        )
        await write_step(
            request_id, f"identity_{identity.value}", by=by, now=now, note=how, status=str(status), identity=identity.value,
            identity_how=how, identity_by=by, identity_at=now,
        )  # fmt: skip


async def settle_request(request_id: int, note: str, *, version: int | None = None, by: int, now: datetime) -> None:
    """Done without a mail of ours: it was answered another way, which the note says. Raises Invalid without one."""
    if not note.strip():
        raise Invalid({"note": _("Say how the person was answered: it is kept as proof.")})
    async with transaction():
        await take_request(request_id, version)
        await write_step(
            request_id,
            "done",
            by=by,
            now=now,
            note=note,
            status=RequestStatus.DONE.value,
            settled_at=now,
            settled_by=by,
        )
