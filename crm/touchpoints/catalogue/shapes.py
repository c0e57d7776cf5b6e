"""What the API takes and answers about touchpoints and phases."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from crm.database import Row
from crm.touchpoints.catalogue.queries import Kept
from crm.touchpoints.figures import ByChannel, Said, Year, YearMonth
from crm.touchpoints.statistics import Estimate
from crm.web.parameters import Id, Version


class TouchpointOut(msgspec.Struct):
    """A touchpoint. `state`: planned, active or retired; `phase`, `parent` and `replacement` are codes, `known_moments` codes of reasons
    for contact. `is_untended`: it is in use and its responsible person is missing or no longer works here."""

    code: str
    name_de: str
    name_en: str
    phase: str
    channels: list[str]
    is_direct: bool
    department: str
    responsible_id: int | None
    is_moment_of_truth: bool
    known_moments: list[str]
    importance: int
    target: Decimal
    parent: str | None
    state: str
    replacement: str | None
    retired_at: datetime | None
    is_untended: bool
    version: int


class TouchpointList(msgspec.Struct):
    items: list[TouchpointOut]


class TouchpointIn(msgspec.Struct, forbid_unknown_fields=True):
    """A touchpoint to add, or what is to be changed of one: what is left out of a change stays as it is. `state`: planned or active;
    `after`: the code of the touchpoint that it follows, or `-` for the first place. With `version` a change is refused (409) if somebody
    else saved meanwhile."""

    name_de: str | msgspec.UnsetType = msgspec.UNSET
    name_en: str | msgspec.UnsetType = msgspec.UNSET
    phase: str | msgspec.UnsetType = msgspec.UNSET
    after: str | msgspec.UnsetType = msgspec.UNSET
    channels: list[str] | msgspec.UnsetType = msgspec.UNSET
    is_direct: bool | msgspec.UnsetType = msgspec.UNSET
    department: str | msgspec.UnsetType = msgspec.UNSET
    responsible_id: Id | msgspec.UnsetType | None = msgspec.UNSET
    is_moment_of_truth: bool | msgspec.UnsetType = msgspec.UNSET
    known_moments: list[str] | msgspec.UnsetType = msgspec.UNSET
    importance: int | msgspec.UnsetType = msgspec.UNSET
    target: Decimal | msgspec.UnsetType = msgspec.UNSET
    parent: str | msgspec.UnsetType | None = msgspec.UNSET
    state: str | msgspec.UnsetType = msgspec.UNSET
    version: Version | msgspec.UnsetType = msgspec.UNSET


class RetirementIn(msgspec.Struct, forbid_unknown_fields=True):
    """`replacement`: the code of the touchpoint that takes its place, or nothing."""

    replacement: str | None = None


class OrderIn(msgspec.Struct, forbid_unknown_fields=True):
    """The codes in their new order, each that is not retired once."""

    codes: list[str]


class PhaseOut(msgspec.Struct):
    """A phase of the customer journey. `stage`: before, during or after (the purchase); `touchpoints`: the codes of those that are not
    retired, in order."""

    code: str
    name_de: str
    name_en: str
    stage: str
    is_retired: bool
    touchpoints: list[str]
    version: int


class PhaseList(msgspec.Struct):
    items: list[PhaseOut]


class PhaseIn(msgspec.Struct, forbid_unknown_fields=True):
    """A phase to add, or what is to be changed of one."""

    name_de: str | msgspec.UnsetType = msgspec.UNSET
    name_en: str | msgspec.UnsetType = msgspec.UNSET
    stage: str | msgspec.UnsetType = msgspec.UNSET
    version: Version | msgspec.UnsetType = msgspec.UNSET


class ScoreOut(msgspec.Struct):
    """A mean from 1 to 5 with its number of answers and its 95 % interval; `is_uncertain`: fewer than five answers."""

    value: float
    n: int
    low: float | None
    high: float | None
    is_uncertain: bool


class MonthOut(msgspec.Struct):
    """A month by its first day. `satisfaction` is what customers answered, `impression` what staff thought: two series."""

    month: date
    contacts: int
    satisfaction: ScoreOut | None
    impression: ScoreOut | None


class ChannelOut(msgspec.Struct):
    """The same by channel; null: answers that belong to none."""

    channel: str | None
    contacts: int
    satisfaction: ScoreOut | None
    impression: ScoreOut | None


class FiguresOut(msgspec.Struct):
    """The last twelve months of a touchpoint; months without contacts and answers are left out. `spread`: how far the best and the worst
    channel lie apart, null unless two have five answers each. `rating`: the stars of reviews elsewhere, a series of its own. `asked` and
    `answered`: how many customers were asked by survey in this time, and how many of them answered."""

    since: datetime
    until: datetime
    contacts: int
    satisfaction: ScoreOut | None
    impression: ScoreOut | None
    rating: ScoreOut | None
    praise: int
    criticism: int
    asked: int
    answered: int
    spread: float | None
    months: list[MonthOut]
    channels: list[ChannelOut]


def sent(data: msgspec.Struct) -> dict[str, Any]:
    """What was named in a body."""
    return {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}


def touchpoint_out(kept: Kept) -> TouchpointOut:
    row = kept.row
    return TouchpointOut(
        code=row.code, name_de=row.name_de, name_en=row.name_en, phase=row.phase, channels=kept.channels, is_direct=row.is_direct,
        department=row.department, responsible_id=row.responsible, is_moment_of_truth=row.is_moment_of_truth,
        known_moments=kept.moments, importance=row.importance, target=row.target, parent=row.parent or None, state=row.state,
        replacement=row.replacement or None, retired_at=row.retired_at, is_untended=kept.is_untended, version=row.version,
    )  # fmt: skip


def phase_out(row: Row, touchpoints: list[str]) -> PhaseOut:
    return PhaseOut(
        row.code, row.name_de, row.name_en, row.stage, row.retired_at is not None, touchpoints, row.version
    )  # fmt: skip


def figures_out(year: Year, since: datetime, until: datetime, said: Said, asked: int, answered: int) -> FiguresOut:
    return FiguresOut(
        since=since, until=until, contacts=year.contacts, satisfaction=_score(year.satisfaction), impression=_score(year.impression),
        rating=_score(year.rating), praise=said.praise,
        criticism=said.criticism, asked=asked, answered=answered, spread=round(year.spread.width, 4) if year.spread else None,
        months=[_month(one) for one in year.months], channels=[_channel(one) for one in year.channels],
    )  # fmt: skip


def _month(one: YearMonth) -> MonthOut:
    return MonthOut(one.first, one.contacts, _score(one.satisfaction), _score(one.impression))


def _channel(one: ByChannel) -> ChannelOut:
    return ChannelOut(one.channel or None, one.contacts, _score(one.satisfaction), _score(one.impression))


def _score(one: Estimate | None) -> ScoreOut | None:
    if one is None:
        return None
    low, high = one.interval or (None, None)
    return ScoreOut(
        round(one.value, 4), one.n, None if low is None else round(low, 4), None if high is None else round(high, 4), one.is_uncertain
    )  # fmt: skip
