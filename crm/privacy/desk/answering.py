"""Writing to the person: the text goes out, and what it says holds from then on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crm.accounts.company import company
from crm.consents.sending import queue_mail
from crm.customers.salutation import salutation
from crm.customers.tables import TimelineKind
from crm.customers.timeline import write_entry
from crm.database import Row, fetch_one, fetch_value, transaction
from crm.errors import Invalid, RuleBroken
from crm.interactions.mails.signature import letter, usual_signature
from crm.privacy.desk import clock
from crm.privacy.desk.filing import holidays_around, local_day
from crm.privacy.desk.handling import take_request, under_way, write_step
from crm.privacy.desk.tables import Identity, RequestStatus
from crm.privacy.desk.wordings import NEED_REASON, OCCASIONS, REASONS, Draft, Facts, draft
from crm.web.i18n import _

PURPOSE = "privacy"
"""Rests on a legal duty (Art. 12): neither an objection nor a restriction stops it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told to the person. `by_letter`: somebody posts it, and no mail goes out. `settles`: with it the request is answered."""

    occasion: str
    subject: str
    text: str
    address: str = ""
    reason: str = ""
    by_letter: bool = False
    settles: bool = False


_TO = """
    SELECT r.*, p.given_name, p.family_name, p.title, p.form_of_address, p.salutation,
        coalesce(nullif(r.language, ''), p.language, c.language, o.language) AS spoken,
        coalesce(p.restricted_at, c.restricted_at) AS restricted_at
    FROM data_request r CROSS JOIN company o LEFT JOIN person p ON p.id = r.person LEFT JOIN customer c ON c.id = r.customer
    WHERE r.id = $1
"""


async def draft_for(request_id: int, occasion: str) -> Draft:
    """The text to begin with, for this request and occasion."""
    row = await fetch_one(_TO, request_id)
    assert row is not None, "the caller has loaded it"
    received, holidays = local_day(row.received_at), await holidays_around(row.received_at)
    facts = Facts(
        salutation=salutation(row if row.person is not None else None, row.spoken), received_on=received, due_on=row.due_on,
        new_due_on=clock.due_on(received, holidays, extended=True),
        restricted_on=local_day(row.restricted_at) if row.restricted_at else None,
    )  # fmt: skip
    return draft(occasion, row.kind, row.spoken, facts)


async def send_answer(request_id: int, answer: Answer, *, version: int | None = None, by: int, now: datetime) -> None:
    """Write to the person, and do what the occasion says: extend, refuse, wait for proof of identity, settle.

    Raises Invalid for what is missing, RuleBroken for what the law no longer allows: a second extension, one after the first month.
    """
    async with transaction():
        row = await take_request(request_id, version, settled=answer.occasion in ("answer", "lifting"))
        text = _whole_text(answer)
        columns, detail = await _effect(row, answer, by=by, now=now)
        outbox_id = None if answer.by_letter else await _mail(request_id, answer, text, by=by, now=now)
        if row.customer is not None:  # that somebody wrote; what the desk wrote is for officers
            await write_entry(
                row.customer, TimelineKind.MAIL, request_id, at=now, title="", by=by, person_id=row.person,
                detail={"data_request": request_id},
            )  # fmt: skip
        await write_step(
            request_id, answer.occasion, by=by, now=now, note=text, detail=detail | {"letter": answer.by_letter}, outbox_id=outbox_id,
            **columns,
        )  # fmt: skip


def _whole_text(answer: Answer) -> str:
    """The text with the reason in it. Raises Invalid with everything that is not ready."""
    errors: dict[str, str] = {}
    if answer.occasion not in OCCASIONS:
        errors["occasion"] = _("Please choose one of the options.")
    if not answer.subject.strip():
        errors["subject"] = _("Please fill this in.")
    reason, text = answer.reason.strip(), answer.text
    if answer.occasion in NEED_REASON:
        if not reason:
            errors["reason"] = _("Say why: the person has a right to know it.")
        elif reason not in text and not any(place in text for place in REASONS):
            errors["text"] = _("The person must read the reason: put {reason} where it shall stand.")
        for place in REASONS:
            text = text.replace(place, reason)
    if not text.strip():
        errors["text"] = _("Please fill this in.")
    elif "{?" in text:
        gap = text[text.index("{?") :].partition("}")[0] + "}"
        errors.setdefault("text", _("Fill what is still open: %(gap)s.") % {"gap": gap})
    if errors:
        raise Invalid(errors)
    return text


async def _effect(row: Row, answer: Answer, *, by: int, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """What changes on the request by the answer, and what its log tells."""
    in_progress = under_way(row)
    match answer.occasion:
        case "identity":
            asked = Identity.ASKED if row.identity != Identity.CONFIRMED else row.identity
            return {"status": RequestStatus.WAITING_IDENTITY.value, "identity": str(asked)}, {}
        case "extension":
            due = await _extended(row, now)
            changed = {"due_on": due, "extended_on": local_day(now), "extension_reason": answer.reason, "reminded": 0}
            return changed | {"status": in_progress}, {"on": due.isoformat()}
        case "refusal":
            refused = {"status": RequestStatus.REFUSED.value, "refusal_reason": answer.reason}
            return refused | {"settled_at": now, "settled_by": by}, {}
        case "lifting":
            await _tell_of_lifting(row, now)
            return {}, {}
        case "answer" if answer.settles and row.settled_at is None:
            return {"status": RequestStatus.DONE.value, "settled_at": now, "settled_by": by}, {}
    return ({} if row.settled_at else {"status": in_progress}), {}


async def _extended(row: Row, now: datetime) -> date:
    received, holidays = local_day(row.received_at), await holidays_around(row.received_at)
    if row.extended_on is not None:
        raise RuleBroken(_("It was extended already. The law allows that once (GDPR Art. 12 (3))."))
    if not clock.may_be_extended(received, local_day(now), holidays):
        raise RuleBroken(
            _("The first month is over: it can no longer be extended (GDPR Art. 12 (3)). Please answer today.")
        )
    return clock.due_on(received, holidays, extended=True)


async def _tell_of_lifting(row: Row, now: datetime) -> None:
    told = await fetch_value(
        "UPDATE restriction SET told_at = $3 WHERE lifted_at IS NULL AND (person = $1 OR person IS NULL AND customer = $2) RETURNING id",
        row.person, row.customer, now,
    )  # fmt: skip
    if told is None:
        raise RuleBroken(_("Nothing is restricted here."))


async def _mail(request_id: int, answer: Answer, text: str, *, by: int, now: datetime) -> int:
    row, ours = await fetch_one(_TO, request_id), await company()
    assert row is not None
    name = str(await fetch_value("SELECT name FROM staff WHERE id = $1", by))
    signature = f"{usual_signature(name, row.spoken)}\n{ours.name}"
    mail = letter(answer.subject, text, row.spoken, signature=signature, imprint=ours.imprint)
    outbox_id = await queue_mail(
        purpose=PURPOSE, to_address=answer.address, to_name=row.requester_name, subject=mail.subject, text=mail.text, html=mail.html,
        language=row.spoken, now=now, by=by, person_id=row.person, customer_id=row.customer,
    )  # fmt: skip
    sent = await fetch_one("SELECT status FROM outbox_message WHERE id = $1", outbox_id)
    if outbox_id is None or sent is None or sent.status == "refused":
        raise Invalid({"address": _("This is not an e-mail address. An example: anna@example.de")})
    return outbox_id
