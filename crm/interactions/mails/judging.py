"""What a mail that was sent to a log address tells, and what becomes of it. Pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.interactions.addresses import Match
from crm.interactions.mails.reading import ReadMail
from crm.interactions.mails.tables import LoggedState
from crm.interactions.tables import Direction
from crm.web.forms import NOTE_LIMIT
from crm.web.i18n import _
from crm.web.quotations import new_text

OLDEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a mail: its state, why, and the customers it is filed with."""

    state: LoggedState
    reason: str = ""
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a mail tells: a contact of ours with these addresses."""

    direction: Direction
    counterparts: tuple[str, ...]
    subject: str
    text: str
    at: datetime


def told_by(mail: ReadMail, ours: frozenset[str], now: datetime) -> Told:
    """What a mail tells. Written to others, with a copy to us: to them, outbound. Else what was forwarded: from its sender, inbound.
    A date in the future, or of long ago, is that of a wrong clock."""
    others = tuple(
        each for each in mail.recipients if each not in ours and not any(f"+{token}@" in each for token in mail.tokens)
    )

    def moment(at: datetime | None) -> datetime:
        return at if at is not None and now - OLDEST <= at <= now else now

    if not others and mail.sender not in ours and (mail.forwarded is None or mail.forwarded.address in ours):
        return Told(Direction.INBOUND, (mail.sender,), mail.subject, _kept(mail.text), moment(mail.at))
    if not others and mail.forwarded is not None:
        inner = mail.forwarded
        is_ours = inner.address in ours
        return Told(
            Direction.OUTBOUND if is_ours else Direction.INBOUND, () if is_ours else (inner.address,),
            inner.subject or mail.subject, _kept(inner.text), moment(inner.at or mail.at),
        )  # fmt: skip
    return Told(Direction.OUTBOUND, others, mail.subject, _kept(mail.text), moment(mail.at))


def _kept(text: str) -> str:
    """The whole text; of one that is too long for a history what is new in it, and that the rest is missing."""
    if len(text) <= NOTE_LIMIT:
        return text
    said, quoted = new_text(text)
    left_out = _("(The mail that this one cites is too long and was left out.)")
    return f"{said}\n\n{left_out}" if said and quoted else text


def judge(mail: ReadMail, told: Told, found: dict[str, list[Match]], *, own: str) -> Verdict:
    """Filed, or why not. The sender must be the owner; each address is one customer's; with a restricted one it is for the officer."""
    if mail.is_automatic:
        return Verdict(LoggedState.DROPPED, "automatic")
    if any(each.is_restricted for matches in found.values() for each in matches):
        return Verdict(LoggedState.OFFICER, "restricted")
    if mail.sender != own:
        return Verdict(LoggedState.WAITING, "other_sender")
    if len(told.text) > NOTE_LIMIT:
        return Verdict(LoggedState.WAITING, "too_long")
    matched = [found[address] for address in told.counterparts if address in found]
    if not matched:
        return Verdict(LoggedState.WAITING, "nobody")
    if any(len({each.customer_id for each in one}) > 1 for one in matched):
        return Verdict(LoggedState.WAITING, "several")
    once = {each[0].customer_id: each[0] for each in reversed(matched)}
    return Verdict(LoggedState.FILED, "", tuple(once[customer_id] for customer_id in sorted(once)))
