"""Writing a mail to a customer: through the gate, into the outbox and into the history, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from crm.accounts.audit import record
from crm.consents.gate import Answer, permission_for
from crm.consents.sending import queue_mail, try_again
from crm.customers.figures import lock_figures
from crm.customers.tables import TimelineKind
from crm.customers.timeline import change_entry
from crm.database import execute, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound, RuleBroken
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.mails.placeholders import fill, left_in, left_sentence
from crm.interactions.mails.queries import Desk, Recipient, desk_for, purposes_for_mail, today_here
from crm.interactions.mails.signature import letter
from crm.interactions.rhythm import contact_after_all
from crm.interactions.tables import Channel, Direction
from crm.mail.message import Attachment, too_large
from crm.mail.rendering import RenderedMail
from crm.web.i18n import N_, _

_ADVICE = {
    "consent_none": N_("Ask for the consent first and record it, or write without advertising, as personal correspondence."),
    "consent_pending": N_("Wait until it is confirmed, or write without advertising, as personal correspondence."),
    "consent_expired": N_("Ask for it anew, or write without advertising, as personal correspondence."),
    "restricted": N_("Please ask the data protection officer."),
}  # fmt: skip
_NO = N_(
    "Respect that, and do not write for this purpose. If something must be cleared up, call, or answer an enquiry."
)


@dataclass(frozen=True, slots=True)
class NewMail:
    """A mail as it was written. `person_id` empty: it goes to the customer's own address."""

    customer_id: int
    person_id: int | None
    address: str
    purpose: str
    language: str
    subject: str
    text: str
    document_ids: tuple[int, ...] = ()
    touchpoint: str = ""
    follow_up_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that is ready: to whom, the words with all placeholders filled, and how they go out."""

    to: Recipient
    to_name: str
    text: str
    mail: RenderedMail
    files: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """The contact that the mail became, and its row in the outbox. `is_new` is False where the very same mail was written
    before on this day: it goes out once."""

    interaction_id: int
    outbox_id: int
    is_new: bool


def advice(answer: Answer) -> str:
    """What to do about a no of the gate."""
    if answer.code in ("consent_refused", "consent_withdrawn", "consent_objected"):
        return _(_NO)
    return _(_ADVICE[answer.code]) if answer.code in _ADVICE else ""


async def ready(mail: NewMail, *, by: int, now: datetime) -> Letter:
    """The letter as it will go out, to look at or to send. Raises NotFound for a customer who isn't there, Invalid with
    everything that is not ready: an address that isn't the customer's, gaps, placeholders without a value, too many files."""
    return compose_letter(await desk_for(by, mail.customer_id, mail.document_ids), mail, now)


def compose_letter(desk: Desk, mail: NewMail, now: datetime) -> Letter:
    """The same, with what lies ready."""
    errors: dict[str, str] = {}
    to = desk.recipient(mail.person_id, mail.address)
    if to is None:
        errors["to"] = _("This address does not belong to the customer (any more). Choose one from the list.")
    values = desk.values(to, mail.language, today_here(now))
    subject, text = fill(mail.subject, values), fill(mail.text, values)
    for name, filled in (("subject", subject), ("text", text)):
        if not filled.strip():
            errors[name] = _("Please fill this in.")
        elif left := left_in(filled):
            errors[name] = " ".join(left_sentence(each) for each in left)
    files = _files(desk, mail.document_ids, errors)
    if errors or to is None:
        raise Invalid(errors)
    signature = desk.sender.signature(mail.language)
    whole = letter(subject, text, mail.language, signature=signature, imprint=desk.imprint)
    return Letter(to, to.name or desk.customer_name, text, whole, files)


def _files(desk: Desk, wanted: tuple[int, ...], errors: dict[str, str]) -> tuple[Attachment, ...]:
    known = {each.id: each for each in desk.documents}
    chosen = [known[each] for each in dict.fromkeys(wanted) if each in known]
    if len(chosen) < len(set(wanted)):
        errors["documents"] = _("One of the documents is not there any more. Choose anew.")
    files = tuple(Attachment(each.name, each.sha256, each.size, each.media_type) for each in chosen)
    if refusal := too_large(files):
        errors["documents"] = refusal
    return files


async def may_write(mail: NewMail, *, now: datetime) -> Answer:
    """What the gate says about this recipient and purpose."""
    return await permission_for(
        person_id=mail.person_id, address=mail.address, purpose=mail.purpose, channel="email", now=now
    )


async def demand_permission(mail: NewMail, *, by: int, now: datetime) -> None:
    """Ask the gate before anything is written. A no is on record in the outbox, as every refused message is, and raised as
    Invalid, with what to do instead."""
    if mail.purpose not in {row.code for row in await purposes_for_mail()}:
        raise Invalid({"purpose": _("Say what kind of mail this is: it decides whether it may go out.")})
    answer = await may_write(mail, now=now)
    if answer.allowed:
        return
    desk = await desk_for(by, mail.customer_id)
    if desk.recipient(mail.person_id, mail.address) is None:
        return  # nobody of ours: that is said by whoever composes the letter
    async with transaction():
        await queue_mail(
            purpose=mail.purpose, to_address=mail.address, subject=mail.subject, text=mail.text, language=mail.language, now=now,
            by=by, person_id=mail.person_id, customer_id=mail.customer_id, dedupe_key=f"refused {_fingerprint(mail, by, now)}",
        )  # fmt: skip
    raise _refused(answer)


def _refused(answer: Answer) -> Invalid:
    sentence = _("Nothing was sent. %(because)s %(advice)s") % {"because": answer.because, "advice": advice(answer)}
    return Invalid({"purpose": sentence.strip()})


async def write_mail(mail: NewMail, *, by: int, now: datetime) -> Written:
    """Send a mail: its row in the outbox with the gate's answer, the contact in the history, which counts as a personal one, and
    the follow-up. The very same words to the same address go out once a day, from how many tabs they may come.

    Raises NotFound and Invalid as `ready` does, and Invalid for what the gate refuses."""
    async with transaction():
        ready_letter = await ready(mail, by=by, now=now)
        key = f"mail {_fingerprint(replace(mail, text=ready_letter.text), by, now)}"
        outbox_id = await queue_mail(
            purpose=mail.purpose, to_address=ready_letter.to.address, to_name=ready_letter.to_name,
            subject=ready_letter.mail.subject, text=ready_letter.mail.text, html=ready_letter.mail.html, language=mail.language,
            now=now, by=by, person_id=mail.person_id, customer_id=mail.customer_id, dedupe_key=key,
            attachments=ready_letter.files,
        )  # fmt: skip
        if outbox_id is None:
            return await _written_before(key)
        answer = await may_write(mail, now=now)
        if not answer.allowed:
            raise _refused(answer)
        logged = await log_interaction(
            NewInteraction(
                mail.customer_id, Channel.EMAIL, Direction.OUTBOUND, f"{ready_letter.mail.subject}\n\n{ready_letter.text}",
                mail.person_id, touchpoint=mail.touchpoint, follow_up_at=mail.follow_up_at,
            ),
            by=by, now=now,
        )  # fmt: skip
        await execute("INSERT INTO interaction_mail (interaction, outbox_id) VALUES ($1, $2)", logged.id, outbox_id)
        await change_entry(TimelineKind.INTERACTION, logged.id, detail={"outbox": outbox_id})
        told = {"recipient": ready_letter.to.address, "subject": ready_letter.mail.subject, "purpose": mail.purpose}
        await record("mail.written", "interaction", logged.id, by=by, now=now, fields=told)
        return Written(logged.id, outbox_id, True)


async def _written_before(key: str) -> Written:
    outbox_id = await fetch_value("SELECT id FROM outbox_message WHERE dedupe_key = $1", key)
    interaction_id = await fetch_value("SELECT interaction FROM interaction_mail WHERE outbox_id = $1", outbox_id)
    if interaction_id is None:
        raise RuleBroken(_("This very mail was sent today already; its entry in the history has been deleted."))
    return Written(interaction_id, outbox_id, False)


def _fingerprint(mail: NewMail, by: int, now: datetime) -> str:
    """The same for the same words to the same address by the same writer on the same day."""
    parts = (
        by, mail.customer_id, mail.person_id, mail.address.casefold(), mail.purpose, mail.subject, mail.text,
        sorted(mail.document_ids), today_here(now),
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


async def send_again(interaction_id: int, *, by: int, now: datetime) -> None:
    """Try a mail once more that could not be delivered. Raises NotFound if the contact is none, RuleBroken if it has left or
    must not."""
    async with transaction():
        row = await fetch_one(
            "SELECT m.outbox_id, m.follow_up = '{}' AS is_written_by_hand, i.customer FROM interaction_mail m "
            "JOIN interaction i ON i.id = m.interaction WHERE m.interaction = $1",
            interaction_id,
        )
        if row is None:
            raise NotFound()
        if row.customer is not None:
            await lock_figures([row.customer])
        if not await try_again(row.outbox_id, now=now):
            raise RuleBroken(_("This mail has left already, or may not be sent."))
        if row.is_written_by_hand:
            await contact_after_all(interaction_id)
        await execute("UPDATE interaction_mail SET told_at = NULL WHERE interaction = $1", interaction_id)
        await record("mail.again", "interaction", interaction_id, by=by, now=now)


def refilled(
    current: str, was_filled_with: str, template: str, values: Mapping[str, str], greetings: Collection[str] = ()
) -> tuple[str, bool]:
    """The text after another template, recipient or language was chosen, and whether it is the template's: words that somebody
    wrote are never replaced, only the one of `greetings` that they begin with. `was_filled_with` is the digest of what was filled in."""
    if not current.strip() or digest(current) == was_filled_with:
        return fill(template, values), True
    old = max((each for each in greetings if current.startswith(each)), key=len, default="")
    return (values["salutation"] + current[len(old) :] if old else current), False


def digest(text: str) -> str:
    """A short sign of a text, to see whether it was touched. Line ends are those of a form."""
    return hashlib.sha256(text.replace("\r\n", "\n").strip().encode("utf-8", "surrogatepass")).hexdigest()[:24]
