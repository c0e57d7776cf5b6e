"""What the events of the consent ledger add up to: the state of one person (or address), one purpose, one channel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource

REFUSALS = frozenset({Event.REFUSED, Event.WITHDRAWN, Event.OBJECTED})
"""A person's no. Recording one always works."""

NEGATIVE = REFUSALS | {Event.EXPIRED}

CONFIRMED_CHANNEL = "email"
"""The channel on which consent must be confirmed (double opt-in): only there can a stranger's address be entered."""


PROVES_MAILBOX = frozenset({ConsentSource.PAPER, ConsentSource.PREFERENCE_PAGE})
"""Sources by which it is shown already that the holder of the mailbox said yes."""


class Status(StrEnum):
    """What holds now."""

    NONE = "none"
    PENDING = "pending"
    GIVEN = "given"
    EXPIRED = "expired"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OBJECTED = "objected"


NOES = (Status.REFUSED, Status.WITHDRAWN, Status.OBJECTED)
"""The states after a no."""

_STRICTNESS = (
    Status.OBJECTED,
    Status.WITHDRAWN,
    Status.REFUSED,
    Status.GIVEN,
    Status.PENDING,
    Status.EXPIRED,
    Status.NONE,
)


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """One event as the state sees it; `id` is its place in the ledger, `mailbox` the address from whose mailbox it was
    given or confirmed, in small letters (empty: the ledger does not know)."""

    id: int
    event: Event
    source: ConsentSource
    at: datetime
    wording_version: int | None = None
    mailbox: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """The status, since when, by which wording and from where. `mailbox` is the address that confirmed it; of what waits for this
    address, another one that did."""

    status: Status = Status.NONE
    since: datetime | None = None
    wording_version: int | None = None
    source: ConsentSource | None = None
    mailbox: str = ""


def must_be_confirmed(*, needs_confirmation: bool, channel: str, source: ConsentSource) -> bool:
    """True if "given" counts only once it is confirmed.

    Advertising by e-mail needs proof that the holder of the mailbox said yes (BGH I ZR 164/09 of 10 February 2011,
    double opt-in). A signed paper is that proof by itself (GDPR Art. 7 (1)), so what was given on paper counts at once;
    what was said on the phone, typed into a form or imported waits for its confirmation. So does not what was said on the preference
    page by a link that was mailed to this very address: opening it proves what the click on a confirmation proves, that the
    mailbox is theirs. (By a link that staff read out or handed on nothing is proved: then the source is a web form.) Other
    channels have no opt-in mail.
    """
    return needs_confirmation and channel == CONFIRMED_CHANNEL and source not in PROVES_MAILBOX


def state_of(events: Iterable[LedgerEvent], *, needs_confirmation: bool, channel: str, address: str = "") -> State:
    """The state after all `events` of one subject, purpose and channel, in any order, for one `address` of theirs: what another
    mailbox has confirmed proves nothing about this one (it may be a stranger's). Without an address it is that of the whole subject.

    They count in the order of their time, then of their place in the ledger; at the same time a refusal counts last, so
    that it wins. A confirmation without something to confirm changes nothing: an old link does not undo a withdrawal.
    """
    known, wanted = list(events), address.strip().lower()
    whole = _sum(known, needs_confirmation=needs_confirmation, channel=channel)
    if not wanted or whole.status != Status.GIVEN or whole.mailbox in ("", wanted):
        return whole
    proving = [proof for one in known if (proof := _proof_for(wanted, one)) is not None]
    own = _sum(proving, needs_confirmation=needs_confirmation, channel=channel)
    return replace(own, mailbox=whole.mailbox) if own.status == Status.PENDING else own


def _proof_for(address: str, one: LedgerEvent) -> LedgerEvent | None:
    """What an event proves about this address: from another mailbox no confirmation, and a yes that waits for one."""
    if one.mailbox in ("", address):
        return one
    if one.event == Event.CONFIRMED:
        return None
    return replace(one, source=ConsentSource.WEB_FORM) if one.event == Event.GIVEN else one


def _sum(events: Iterable[LedgerEvent], *, needs_confirmation: bool, channel: str) -> State:
    state = State()
    for event in sorted(events, key=lambda e: (e.at, e.event in NEGATIVE, e.id)):
        state = _after(state, event, needs_confirmation=needs_confirmation, channel=channel)
    return state


def _after(state: State, event: LedgerEvent, *, needs_confirmation: bool, channel: str) -> State:
    new = State(Status.NONE, event.at, event.wording_version, event.source)
    match event.event:
        case Event.GIVEN:
            waits = must_be_confirmed(needs_confirmation=needs_confirmation, channel=channel, source=event.source)
            if waits and state.status == Status.GIVEN:
                return state
            given = _with(new, Status.PENDING if waits else Status.GIVEN)
            is_proof = needs_confirmation and channel == CONFIRMED_CHANNEL and not waits
            return replace(given, mailbox=event.mailbox) if is_proof else given
        case Event.CONFIRMED:
            if state.status != Status.PENDING:
                return state
            version = event.wording_version if event.wording_version is not None else state.wording_version
            return State(Status.GIVEN, event.at, version, state.source, event.mailbox)
        case Event.EXPIRED:
            return _with(new, Status.EXPIRED) if state.status in (Status.GIVEN, Status.PENDING) else state
        case _:
            return _with(new, Status(event.event.value))


def _with(state: State, status: Status) -> State:
    return State(status, state.since, state.wording_version, state.source)


def strictest(states: Iterable[State]) -> State:
    """One state out of those of several subjects that share an address or were merged: any no wins, then any yes."""
    return min(states, key=lambda state: _STRICTNESS.index(state.status), default=State())
