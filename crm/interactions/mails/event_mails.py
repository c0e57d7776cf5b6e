"""Mails that follow from an event by a rule: a thank-you after the delivery. Each goes out once, through the gate like every mail, and
not while people rest; where it must not or cannot go out, whoever looks after the customer is reminded, and told why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from crm.accounts.audit import record
from crm.consents.gate import permission_for
from crm.consents.sending import queue_mail
from crm.customers.figures import lock_figures
from crm.customers.tables import TimelineKind
from crm.customers.timeline import change_entry
from crm.database import Row, execute, fetch_one, fetch_value, transaction
from crm.errors import Invalid, Moved, NotFound
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.mails.placeholders import fill, left_in, mistakes
from crm.interactions.mails.queries import Desk, desk_for, own_language, template_for
from crm.interactions.mails.writing import Letter, NewMail, compose_letter
from crm.interactions.tables import Channel, Direction
from crm.mail.tables import OutboxStatus
from crm.notifications.quiet_times import Preference, next_allowed
from crm.reminders.caused import events_due, latest_event, remind_instead, told_without_mail, was_followed_up
from crm.reminders.causes import no_mail_sentence
from crm.reminders.follow_up_rules import Rule, follow_up_rules
from crm.service_levels.queries import company_calendar
from crm.web.i18n import LANGUAGES, _, speaking

_PURPOSE = "SELECT code, name_de, name_en FROM purpose WHERE code = $1"


@dataclass(frozen=True, slots=True)
class Prepared:
    """The mail for one event: ready with its `letter`, or `why` it cannot go out (see reminders.causes.no_mail_sentence)."""

    mail: NewMail | None = None
    letter: Letter | None = None
    why: Mapping[str, Any] | None = None


async def send_event_mails(*, now: datetime) -> int:
    """Answer what is due this morning by the rules that send a mail; how many events. Safe to run twice and at once."""
    calendar = await company_calendar(now)
    if calendar is None:
        return 0
    leaves_at = next_allowed(Preference(), calendar, now)
    answered = 0
    for rule in await follow_up_rules():
        if rule.is_on and rule.mail_template_id is not None:
            for event in await events_due(rule, now=now):
                answered += await _answer(rule, event, leaves_at, now)
    return answered


async def _answer(rule: Rule, event: Row, leaves_at: datetime, now: datetime) -> bool:
    """One event: its mail, the contact and what else comes of it in one transaction, or the follow-up in its place. Whoever comes
    second waits for the customer's figures, and then finds that it is done."""
    key = f"{rule.code} {event.event}"
    try:
        async with transaction():
            await lock_figures([event.customer])
            if await was_followed_up(key):
                return False
            detail = told_without_mail(rule, msgspec.json.decode(event.detail))
            prepared = await prepare(rule.mail_template_id or 0, event, now)
            why = prepared.why or await _send(prepared, event, key, detail, rule, leaves_at, now)
            if why is not None:
                await remind_instead(event.person, event.customer, rule.code, key, detail, why, now=now)
            return True
    except (NotFound, Moved):  # deleted, restricted or merged at this very instant
        return False


async def prepare(template_id: int, event: Row, now: datetime) -> Prepared:
    """The mail for an event (`customer`, `person`, `detail`) as it would go out: in the customer's language, to the first
    address, signed by whoever looks after the customer. Raises NotFound for a customer who isn't there."""
    desk = await desk_for(event.person, event.customer)
    if await fetch_value("SELECT no_automatic_answers FROM customer WHERE id = $1", event.customer):
        return Prepared(why={"code": "no_automatic"})
    if not desk.recipients:
        return Prepared(why={"code": "nobody_to_write_to"})
    template = await _template_in_use(template_id)
    if template is None:
        return Prepared(why={"code": "no_template"})
    to = desk.recipients[0]
    lang = own_language(desk, to)
    if not template[f"body_{lang}"].strip() or not template[f"subject_{lang}"].strip():
        return Prepared(why={"code": "no_language"})
    with speaking(lang):
        return _filled(desk, template, event, lang, now)


def _filled(desk: Desk, template: Row, event: Row, lang: str, now: datetime) -> Prepared:
    detail = msgspec.json.decode(event.detail)
    of_event = {"order_number": str(detail["number"])} if detail.get("order") and detail.get("number") else {}
    subject, text = (fill(template[f"{part}_{lang}"], of_event) for part in ("subject", "body"))
    to = desk.recipients[0]
    mail = NewMail(desk.customer_id, to.person_id, to.address, template.purpose, lang, subject, text)
    try:
        return Prepared(mail, compose_letter(desk, mail, now))
    except Invalid:
        values = desk.values(to, lang, now.date())
        left = left_in(fill(f"{subject}\n{text}", values))
        return Prepared(why={"code": "gap", "params": {"left": ", ".join(each.written for each in left)}})


@dataclass(frozen=True, slots=True)
class Example:
    """The mail that the latest event would lead to today: `customer` (a name), and the letter, or the sentence why not."""

    customer: str
    language: str = ""
    letter: Letter | None = None
    why: str = ""


async def example(rule: Rule, template_id: int, *, now: datetime) -> Example | None:
    """What becomes of the latest event that the rule means; None if there was none in a year. Nothing is written or sent."""
    event = await latest_event(rule, now=now)
    if event is None:
        return None
    try:
        prepared = await prepare(template_id, event, now)
    except (NotFound, Moved):
        return None
    name = str(await fetch_value("SELECT name FROM customer WHERE id = $1", event.customer))
    why, mail = prepared.why, prepared.mail
    if mail is not None:
        answer = await permission_for(
            person_id=mail.person_id, address=mail.address, purpose=mail.purpose, channel="email", now=now
        )
        why = None if answer.allowed else await _told(answer.code, answer.params, mail.purpose)
    return Example(name, mail.language if mail else "", prepared.letter, no_mail_sentence(why) if why else "")


async def _told(code: str, params: Mapping[str, Any], purpose: str) -> dict[str, Any]:
    row = await fetch_one(_PURPOSE, purpose)
    names = {"purpose_de": row.name_de, "purpose_en": row.name_en} if row is not None else {}
    return {"code": code, "params": dict(params), **names}


async def _send(
    prepared: Prepared, event: Row, key: str, detail: Mapping[str, Any], rule: Rule, leaves_at: datetime, now: datetime
) -> Mapping[str, Any] | None:
    """Into the outbox and the history; why not, if the gate says no: that is on record in the outbox, too."""
    mail, letter = prepared.mail, prepared.letter
    assert mail is not None
    assert letter is not None
    outbox_id = await queue_mail(
        purpose=mail.purpose, to_address=letter.to.address, to_name=letter.to_name, subject=letter.mail.subject,
        text=letter.mail.text, html=letter.mail.html, language=mail.language, now=now, person_id=mail.person_id,
        customer_id=mail.customer_id, dedupe_key=f"follow-up {key}", headers={"Auto-Submitted": "auto-generated"},
        not_before=leaves_at,
    )  # fmt: skip
    row = await fetch_one("SELECT status, permission::text AS permission FROM outbox_message WHERE id = $1", outbox_id)
    assert row is not None
    if row.status == OutboxStatus.REFUSED:
        permission = msgspec.json.decode(row.permission)
        return await _told(permission["code"], permission.get("params") or {}, mail.purpose)
    logged = await log_interaction(
        NewInteraction(
            mail.customer_id, Channel.EMAIL, Direction.OUTBOUND, f"{letter.mail.subject}\n\n{letter.text}", mail.person_id,
            order_id=detail.get("order"), quotation_id=detail.get("quotation"), counts=False,
        ),
        by=None, now=now,
    )  # fmt: skip
    instead = {"user": event.person, "cause": rule.code.value, "key": key, "detail": dict(detail)}
    await execute(
        "INSERT INTO interaction_mail (interaction, outbox_id, follow_up) VALUES ($1, $2, $3)",
        logged.id, outbox_id, msgspec.json.encode(instead).decode(),
    )  # fmt: skip
    await change_entry(TimelineKind.INTERACTION, logged.id, detail={"outbox": outbox_id, "automatic": True})
    told = {
        "recipient": letter.to.address,
        "subject": letter.mail.subject,
        "purpose": mail.purpose,
        "rule": rule.code.value,
    }
    await record("mail.written", "interaction", logged.id, by=None, now=now, fields=told)
    return None


async def remind_of_failed(mail: Row, *, now: datetime) -> None:
    """A rule's mail was refused at the door, or could not be delivered: the follow-up takes its place. `mail` has `follow_up`,
    `customer_id`, and of the outbox `status`, `permission`, `purpose` and `error`."""
    instead = msgspec.json.decode(mail.follow_up)
    if mail.status == OutboxStatus.REFUSED:
        permission = msgspec.json.decode(mail.permission)
        why = await _told(permission["code"], permission.get("params") or {}, mail.purpose)
    else:
        why = {"code": "not_delivered", "params": {"error": mail.error[:200]}}
    await remind_instead(
        instead["user"], mail.customer_id, instead["cause"], instead["key"], instead["detail"], why, now=now
    )


async def _template_in_use(template_id: int) -> Row | None:
    try:
        template = await template_for(template_id)
    except NotFound:
        return None
    return None if template.retired_at is not None else template


async def demand_fitting_template(template_id: int | None) -> None:
    """A rule's mail is written by nobody: it must be in use and have no gaps for somebody to fill. Raises Invalid."""
    if template_id is None:
        return
    template = await _template_in_use(template_id)
    if template is None:
        raise Invalid({"mail_template_id": _("This template is not in use. Choose one from the list.")})
    if not is_gapless(template):
        raise Invalid({"mail_template_id": _("This template has gaps that somebody must fill. Choose one without.")})


def is_gapless(template: Row) -> bool:
    """Whether a mail can be made of it without anybody."""
    texts = {lang: f"{template[f'subject_{lang}']}\n{template[f'body_{lang}']}" for lang in LANGUAGES}
    return not any(mistakes(text, lang) or any(each.is_gap for each in left_in(text)) for lang, text in texts.items())
