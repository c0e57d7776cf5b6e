"""What becomes of a copy: blacked out, sent as a link, handed over, fetched. Each step is on record."""

from __future__ import annotations

from datetime import date, datetime

from crm.accounts.audit import record
from crm.accounts.company import company, signing_secret
from crm.consents.sending import queue_mail
from crm.database import Row, execute, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound, RuleBroken
from crm.mail.rendering import render_mail
from crm.privacy.access.links import WORKS_FOR, Named, copy_path
from crm.privacy.access.producing import KIND, known_subject
from crm.privacy.access.queries import copy_for, files_of, request_for, text_at
from crm.privacy.access.tables import BlackedKind
from crm.privacy.desk.filing import local_day, log
from crm.privacy.desk.tables import Identity
from crm.web.i18n import _

PURPOSE = "privacy"
LONGEST_PASSAGE = 2000


async def black_out(request_id: int, kind: BlackedKind, value: str, reason: str, *, by: int, now: datetime) -> int:
    """Nobody but the officers sees this in copies that are made from now on (GDPR Art. 15 (4)). `value` is the passage itself, the
    place of a text, or a file's SHA-256. Raises Invalid without a reason or for what is not there."""
    errors = (
        {}
        if reason
        else {"reason": _("Please say why. The person is told the reason, and the authority may ask for it.")}
    )
    value = value.replace("\x00", "").strip()
    if kind is BlackedKind.PASSAGE and len(value) < 2:
        errors["value"] = _("Give the words that shall be black, at least two letters.")
    if errors:
        raise Invalid(errors)
    async with transaction():
        request = await request_for(request_id)
        subject = await known_subject(request)
        place = ""
        if kind is BlackedKind.TEXT:
            place, value = value, await text_at(subject, value)
        if kind is BlackedKind.FILE:
            file = next((one for one in await files_of(subject, 100_000) if one.sha256 == value), None)
            if file is None:
                raise NotFound()
            place = file.name[:120]
        new = await fetch_value(
            "INSERT INTO blacked_out (request, kind, value, place, reason, by_user, at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
            request_id, kind.value, value if kind is not BlackedKind.PASSAGE else value[:LONGEST_PASSAGE], place, reason[:500], by, now,
        )  # fmt: skip
        await record("access_copy.blacked", "data_request", request_id, by=by, now=now, fields={"reason": reason[:500]})
    return int(new)


async def show_again(request_id: int, blacked_id: int, *, by: int, now: datetime) -> None:
    """Take it back. Raises NotFound."""
    async with transaction():
        gone = await fetch_one(
            "DELETE FROM blacked_out WHERE id = $1 AND request = $2 RETURNING reason", blacked_id, request_id
        )
        if gone is None:
            raise NotFound()
        await record("access_copy.shown", "data_request", request_id, by=by, now=now, fields={"reason": gone.reason})


def demand_known(request: Row) -> None:
    """Nobody else may get the data (GDPR Art. 12 (6), Art. 5 (1) f)."""
    if request.identity != Identity.CONFIRMED:
        raise RuleBroken(
            _("The person's identity is not confirmed yet. Confirm it at the request before the copy leaves the house.")
        )


def demand_there(copy: Row, now: datetime) -> None:
    if copy.status != "ready" or copy.expires_at is None or copy.expires_at <= now:
        raise RuleBroken(_("This copy is not there (any more). Make a new one."))


async def send_link(request_id: int, copy_id: int, address: str, *, by: int, now: datetime) -> int:
    """Write the person a mail with a link to the copy; the mail's id in the outbox. The files never go along. A link that was sent
    before ends. Raises RuleBroken if it is not known who asks, or the gate says no."""
    async with transaction():
        request, copy = await request_for(request_id), await copy_for(request_id, copy_id)
        demand_known(request)
        demand_there(copy, now)
        until = min(now + WORKS_FOR, copy.expires_at)
        serial = int(
            await fetch_value("UPDATE access_copy SET serial = serial + 1 WHERE id = $1 RETURNING serial", copy_id)
        )
        path = copy_path(Named(copy_id, serial), await signing_secret())
        firm = await company()
        mail = render_mail(
            "data_copy", copy.language, name=request.name or "", link=path, until=until, company=firm.name
        )
        outbox_id = await queue_mail(
            purpose=PURPOSE, to_address=address, to_name=request.name or "", subject=mail.subject, text=mail.text, html=mail.html,
            language=copy.language, now=now, by=by, person_id=request.person, customer_id=request.customer,
            dedupe_key=f"data copy {copy_id} {serial}",
        )  # fmt: skip
        if await fetch_value("SELECT status FROM outbox_message WHERE id = $1", outbox_id) == "refused":
            raise RuleBroken(
                _("A mail to this address is not allowed. Hand the copy over instead, or choose another address.")
            )
        await execute(
            "UPDATE access_copy SET sent_to = $2, sent_at = $3, sent_by = $4, link_until = $5, outbox_id = $6 WHERE id = $1",
            copy_id, address, now, by, until, outbox_id,
        )  # fmt: skip
        await record(
            "access_copy.sent", KIND, copy_id, by=by, now=now, fields={"recipient": address, "copy_request": request_id}
        )
        await log(request_id, "copy_sent", by=by, now=now, detail={"address": address}, outbox_id=outbox_id)
    return int(outbox_id or 0)


async def end_link(request_id: int, copy_id: int, *, by: int, now: datetime) -> None:
    """The link that was sent works no more. Raises NotFound."""
    async with transaction():
        await copy_for(request_id, copy_id)
        await execute("UPDATE access_copy SET serial = serial + 1, link_until = NULL WHERE id = $1", copy_id)
        await record("access_copy.link_ended", KIND, copy_id, by=by, now=now, fields={"copy_request": request_id})


async def hand_over(request_id: int, copy_id: int, on: date, how: str, *, by: int, now: datetime) -> None:
    """The copy was printed and given or posted to the person on a day. Raises RuleBroken as `send_link` does, Invalid for a day to come."""
    if on > local_day(now):
        raise Invalid({"on": _("This day is still to come.")})
    async with transaction():
        request, copy = await request_for(request_id), await copy_for(request_id, copy_id)
        demand_known(request)
        if copy.status != "ready":
            demand_there(copy, now)
        await execute(
            "UPDATE access_copy SET handed_on = $2, handed_how = $3, handed_by = $4 WHERE id = $1",
            copy_id,
            on,
            how[:300],
            by,
        )
        await record(
            "access_copy.handed",
            KIND,
            copy_id,
            by=by,
            now=now,
            fields={"copy_on": on, "copy_how": how[:300], "copy_request": request_id},
        )
        await log(request_id, "copy_handed", by=by, now=now, note=how, detail={"on": on.isoformat()})


async def record_fetch(file: Row, *, by: int | None, now: datetime) -> None:
    """Somebody takes a file: an officer, or (without `by`) whoever has the link. On record before it is sent."""
    async with transaction():
        await execute("UPDATE access_file SET fetches = fetches + 1, fetched_at = $2 WHERE id = $1", file.id, now)
        fields = {"file_name": file.name, "copy_by_link": by is None}
        await record("access_copy.fetched", KIND, file.copy, by=by, now=now, fields=fields)
