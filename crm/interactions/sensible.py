"""What the form of a new contact fills in: from the page that it was opened on, from the last use, and from what the
touchpoint and the reason are defined as. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crm.interactions.tables import Channel, Direction


@dataclass(frozen=True, slots=True)
class Place:
    """A touchpoint as the form offers it: the phase it lies in, its channels, and whether it is a moment of truth by
    nature."""

    code: str
    name: str
    phase: str
    channels: tuple[str, ...] = ()
    is_moment: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for contact as the form offers it, with what helps then."""

    code: str
    name: str
    remedy: str = ""
    is_moment: bool = False
    touchpoint: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """What somebody has logged before."""

    channel: str
    direction: str
    touchpoint: str = ""


@dataclass(frozen=True, slots=True)
class Here:
    """What the page says on which the form was opened. `topic` and `channel` are those of an enquiry."""

    touchpoint: str = ""
    channel: str = ""
    direction: str = ""
    topic: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is filled in; everything can be changed."""

    channel: str
    direction: str
    touchpoint: str = ""
    phase: str = ""
    reason: str = ""
    is_moment: bool = False


def proposal(here: Here, uses: Sequence[Use], places: Sequence[Place], reasons: Sequence[Reason]) -> Proposal:
    """The page counts most, then the touchpoint's definition, then the last use (`uses`, the newest first), then a call of
    the customer."""
    by_code = {place.code: place for place in places}
    place = by_code.get(here.touchpoint)
    channel = _channel(here, place, uses)
    if place is None:
        place = by_code.get(usual_places(uses, places).get(channel, ""))
    last = next((use for use in uses if use.channel == channel), uses[0] if uses else None)
    reason = _reason(here, place.code if here.touchpoint and place else "", reasons)
    return Proposal(
        channel=channel,
        direction=here.direction or (last.direction if last else Direction.INBOUND.value),
        touchpoint=place.code if place else "",
        phase=place.phase if place else "",
        reason=reason.code if reason else "",
        is_moment=bool(place and place.is_moment) or bool(reason and reason.is_moment),
    )


def usual_places(uses: Sequence[Use], places: Sequence[Place]) -> dict[str, str]:
    """Channel -> the touchpoint that this person last logged with it; for a channel that only one touchpoint has, that one."""
    known = {place.code for place in places}
    usual: dict[str, str] = {}
    for use in uses:
        if use.touchpoint in known:
            usual.setdefault(use.channel, use.touchpoint)
    for channel in Channel:
        having = [place.code for place in places if channel in place.channels]
        if len(having) == 1:
            usual.setdefault(channel.value, having[0])
    return usual


def _channel(here: Here, place: Place | None, uses: Sequence[Use]) -> str:
    if here.channel in set(Channel):
        return here.channel
    last = uses[0].channel if uses else Channel.PHONE.value
    if place is None or not place.channels or last in place.channels:
        return last
    return place.channels[0]


def _reason(here: Here, touchpoint: str, reasons: Sequence[Reason]) -> Reason | None:
    """The one that the page names; else the only one for its topic or its touchpoint. Of several none is guessed."""
    for fits in (
        [one for one in reasons if here.reason and one.code == here.reason],
        [one for one in reasons if here.topic and one.topic == here.topic],
        [one for one in reasons if touchpoint and one.touchpoint == touchpoint],
    ):
        if len(fits) == 1:
            return fits[0]
    return None
