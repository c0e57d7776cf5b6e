"""What the ticket page shows of a ticket: its conversation with what happened in between, its strip, why it went to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from crm.customers.words import CHANNELS
from crm.database import Row
from crm.notifications.sentences import PROMISES
from crm.tickets.copies import Sent, SentCopy
from crm.tickets.delivering import Delivery, MailFacts, delivery_of
from crm.tickets.due_strip import DueTimeStrip, due_time_strip
from crm.tickets.explaining import Explanation, explain
from crm.tickets.promising import clocks_from
from crm.tickets.routing import Decision, RoutingFacts
from crm.tickets.tables import MessageKind
from crm.tickets.words import CAUSES, OCCASIONS
from crm.web.i18n import _, language, word


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the conversation. kind: in | out | note | system; `is_ours`: a colleague wrote it; `delivery` is what became of
    a mail."""

    kind: str
    at: datetime
    author: str
    meta: str
    text: str
    id: str = ""
    delivery: Delivery | None = None
    quoted: str = ""
    files: list[dict[str, Any]] = field(default_factory=list)
    is_ours: bool = False
    cc: list[Sent] = field(default_factory=list)


class Message(msgspec.Struct):
    """One message in the JSON of queries.ticket_for."""

    id: int
    kind: str
    channel: str
    text: str
    at: datetime
    is_automatic: bool
    author: str | None
    person: str | None
    mail_status: str | None
    mail_to: str | None
    mail_error: str | None
    mail_attempts: int | None
    mail_next_at: datetime | None
    mail_sent_at: datetime | None
    gate_code: str | None
    gate_params: dict[str, Any] | None
    quoted: str = ""
    sender: str = ""
    is_unverified: bool = False
    files: list[dict[str, Any]] = []
    ticket: int | None = None
    cc: list[SentCopy] = []
    is_copied: bool = False


class _Escalated(msgspec.Struct):
    at: datetime
    by: str | None
    tried: str
    promise: str = ""
    is_back: bool = False


class _Closed(msgspec.Struct):
    at: datetime
    by: str | None
    cause: str
    product_de: str | None
    product_en: str | None
    reopened_at: datetime | None
    reopened_by: str | None


class _Assigned(msgspec.Struct):
    at: datetime
    occasion: str
    by: str | None
    assignee: str | None
    assignee_id: int | None


def conversation(ticket: Row) -> list[Entry]:
    """Everything that was said, and what happened in between, in order."""
    messages = msgspec.json.decode(ticket.messages, type=list[Message])
    entries = [_said(message, ticket) for message in messages]
    entries.extend(_events(ticket))
    return sorted(entries, key=lambda entry: entry.at)


def last_message(ticket: Row) -> int:
    """The newest message on the page: what somebody who answers now has seen."""
    return max((message.id for message in msgspec.json.decode(ticket.messages, type=list[Message])), default=0)


def message_to_forward(ticket: Row, message_id: int | None) -> tuple[str, list[str]]:
    """The text to begin with when something is forwarded, and the numbers of its files: this message of the conversation, or the
    newest of the customer. It does not say who the customer is: whoever writes decides that."""
    messages = msgspec.json.decode(ticket.messages, type=list[Message])
    said = [each for each in messages if each.id == message_id] or [
        each for each in messages if each.kind == MessageKind.INBOUND
    ]
    if not said:
        return "", []
    cited = "\n".join(f"> {line}" for line in said[-1].text.strip().split("\n"))
    return f"\n\n{cited}", [str(file["id"]) for file in said[-1].files]


class OfferedDocument(msgspec.Struct):
    """A document of the customer that can go along with an answer."""

    id: int
    name: str
    uploaded_at: datetime


def offered_documents(ticket: Row) -> list[OfferedDocument]:
    """The newest documents of the customer."""
    return msgspec.json.decode(ticket.offered_documents, type=list[OfferedDocument])


def _said(message: Message, ticket: Row) -> Entry:
    customer = message.person or ticket.customer_name
    channel = word(CHANNELS, message.channel)
    if message.kind == "inbound":
        if message.is_unverified:
            channel = _("%(channel)s · sender not confirmed") % {"channel": channel}
        return Entry(
            "in", message.at, message.sender or customer, channel, message.text, f"message-{message.id}", None, message.quoted,
            message.files, cc=copies_in(message),
        )  # fmt: skip
    author = message.author or _("Nahbar")
    if message.kind == MessageKind.OUTSIDE:
        whose = _("answer to what was forwarded, not from the customer")
        if message.is_copied:
            whose = _("was in copy of the customer's mail, not the customer")
        return Entry(
            "note", message.at, message.sender or "–", whose, message.text, f"message-{message.id}", None, message.quoted, message.files
        )  # fmt: skip
    if message.kind == MessageKind.FORWARD:
        meta = _("forwarded · %(way)s") % {"way": _way(message, channel)}
        return Entry(
            "note", message.at, author, meta, message.text, f"message-{message.id}", delivery_in(message), files=message.files
        )  # fmt: skip
    if message.kind == "note" and message.is_automatic:
        answered = _("automatic answer of the customer's mail program")
        return Entry("note", message.at, customer, answered, message.text, f"message-{message.id}")
    if message.kind == "note":
        return Entry(
            "note", message.at, author, _("internal"), message.text, f"message-{message.id}", files=message.files
        )
    text = message.text or _("Answered by phone; what was said is in the contact history.")
    meta = (_("Automatic answer · %(way)s") if message.is_automatic else _("Answer · %(way)s")) % {
        "way": _way(message, channel)
    }
    return Entry(
        "out",
        message.at,
        author,
        meta,
        text,
        f"message-{message.id}",
        delivery_in(message),
        files=message.files,
        is_ours=bool(message.text) and not message.is_automatic,
        cc=copies_in(message),
    )


def copies_in(message: Message) -> list[Sent]:
    """Who was written to besides: with us by the customer, or by us."""
    if message.kind == MessageKind.INBOUND:
        return [Sent(one.address, one.name) for one in message.cc]
    return [one.shown() for one in message.cc]


def _way(message: Message, channel: str) -> str:
    return _("e-mail to %(address)s") % {"address": message.mail_to} if message.mail_to else channel


def delivery_in(message: Message) -> Delivery | None:
    """What became of a message that went out by mail; None for any other."""
    return None if message.mail_status is None else delivery_of(message.id, mail_facts(message, message.gate_params))


def mail_facts(row: Any, gate_params: Mapping[str, Any] | None) -> MailFacts:
    """The facts among the columns of queries.DELIVERY_COLUMNS."""
    return MailFacts(
        row.mail_status, row.mail_error or "", row.mail_attempts or 0, row.mail_next_at, row.mail_sent_at, row.gate_code, gate_params
    )  # fmt: skip


def _events(ticket: Row) -> Iterator[Entry]:
    for up in msgspec.json.decode(ticket.escalated, type=list[_Escalated]):
        title = _("%(name)s gave it to a higher level. Tried so far:") % {"name": up.by or "–"}
        if up.is_back:
            title = _("%(name)s gave it back to a lower level. Known by now:") % {"name": up.by or "–"}
        if up.promise:
            missed = {"promise": word(PROMISES, up.promise)}
            title = _("%(promise)s was missed, so it went to a higher level, as the service level says.") % missed
        yield Entry("system", up.at, title, "", up.tried)
    for done in msgspec.json.decode(ticket.closures, type=list[_Closed]):
        cause = _("Cause: %(cause)s") % {"cause": word(CAUSES, done.cause)} if done.cause else ""
        product = done.product_de if language.get() == "de" else done.product_en
        if product:
            cause = " · ".join(filter(None, [cause, _("Product: %(product)s") % {"product": product}]))
        by_itself = _("It counts as solved.")
        solved = _("%(name)s marked it as solved.") % {"name": done.by} if done.by else by_itself
        yield Entry("system", done.at, solved, "", cause)
        if done.reopened_at:
            again = (
                _("%(name)s reopened it.") % {"name": done.reopened_by}
                if done.reopened_by
                else _("The customer wrote again.")
            )
            yield Entry("system", done.reopened_at, again, "", "")
    for gone in msgspec.json.decode(ticket.together)["merged"]:
        merged = _("%(name)s merged #%(number)s into this one.") % {"name": gone["by"] or "–", "number": gone["id"]}
        yield Entry("system", datetime.fromisoformat(gone["at"]), merged, "", gone["subject"])
    for given in msgspec.json.decode(ticket.assignments, type=list[_Assigned]):
        yield Entry("system", given.at, _assigned(given), "", "")


def _assigned(given: _Assigned) -> str:
    if given.occasion == "automatic":
        return _("Answered automatically (level 0): nobody had to be assigned.")
    if given.assignee is None:
        return _("Nobody was free %(occasion)s; it waits.") % {"occasion": word(OCCASIONS, given.occasion)}
    if given.occasion == "by_hand":
        if given.by == given.assignee:
            return _("%(name)s took it.") % {"name": given.assignee}
        return _("%(by)s assigned it to %(name)s.") % {"by": given.by or "–", "name": given.assignee}
    return _("Assigned to %(name)s %(occasion)s.") % {
        "name": given.assignee,
        "occasion": word(OCCASIONS, given.occasion),
    }


def strip_of(ticket: Row, now: datetime) -> DueTimeStrip | None:
    """The due-time strip, with the sentence that adds it up; none for a ticket that is merged: its clocks have ended."""
    if ticket.merged_into is not None:
        return None
    running = clocks_from(ticket, now)
    return due_time_strip(running.clocks, running.calendar, now, _, language=language.get())


@dataclass(frozen=True, slots=True)
class Candidate:
    """One line of "Why this assignment?"."""

    name: str
    verdict: str
    text: str


@dataclass(frozen=True, slots=True)
class Why:
    """The card. `by_hand` names who decided instead of the rules; `warning` says what a reader must know."""

    title: str
    required: str
    outcome: str
    candidates: Sequence[Candidate]
    by_hand: str
    warning: str


def why(ticket: Row, staff: Sequence[Row], reader_id: int) -> Why | None:
    """Why the ticket went to whom; to the assignee it says "Why me?". None without a decision (imported tickets)."""
    if ticket.latest_decision is None:
        return None
    stored = msgspec.json.decode(ticket.latest_decision)
    if stored["occasion"] == "automatic":
        return None
    facts, decision = RoutingFacts.from_facts(stored["facts"]), Decision.from_facts(stored["decision"])
    explanation = explain(
        facts.required,
        decision,
        _,
        language=language.get(),
        channels={code: _(name) for code, name in CHANNELS.items()},
    )
    is_mine = ticket.assignee == reader_id
    by_hand = stored["occasion"] == "by_hand"
    return Why(
        title=_("Why me?") if is_mine else _("Why this assignment?"),
        required=explanation.required,
        outcome="" if by_hand else explanation.outcome,
        candidates=_candidates(explanation, {row.id: row.name for row in staff}),
        by_hand=stored["by"] or "" if by_hand else "",
        warning=_below_level(ticket),
    )


def _candidates(explanation: Explanation, names: Mapping[int, str]) -> list[Candidate]:
    return [Candidate(names.get(line.agent_id, "–"), line.verdict, line.text) for line in explanation.lines]


def _below_level(ticket: Row) -> str:
    if ticket.assignee is None or (ticket.assignee_level or 0) >= ticket.required_level:
        return ""
    words = {"name": ticket.assignee_name, "level": ticket.assignee_level or 0, "required": ticket.required_level}
    return _("%(name)s has level %(level)s in this topic; level %(required)s is needed.") % words
