"""The reads of those who keep the catalogue: all touchpoints and phases as they are defined, and what is chosen from in the forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from crm.database import Row, fetch, fetch_one
from crm.errors import NotFound
from crm.touchpoints.catalogue.rules import is_untended
from crm.web.i18n import language

_TOUCHPOINT = """
    SELECT t.id, t.code, t.name_de, t.name_en, p.code AS phase, p.name_de AS phase_de, p.name_en AS phase_en, p.stage, t.position,
        t.channels, t.is_direct, t.department, t.responsible, u.name AS responsible_name, u.deactivated_at AS responsible_left_at,
        t.is_moment_of_truth, t.moments, t.importance, t.target, coalesce(o.code, '') AS parent, o.name_de AS parent_de,
        o.name_en AS parent_en, t.state, coalesce(r.code, '') AS replacement, r.name_de AS replacement_de,
        r.name_en AS replacement_en, t.retired_at, t.version
    FROM touchpoint t JOIN phase p ON p.id = t.phase LEFT JOIN staff u ON u.id = t.responsible
        LEFT JOIN touchpoint o ON o.id = t.parent LEFT JOIN touchpoint r ON r.id = t.replacement
"""
_PHASES = """
    SELECT p.id, p.code, p.name_de, p.name_en, p.stage, p.position, p.retired_at, p.version,
        count(t.id) FILTER (WHERE t.state <> 'retired')::int AS touchpoints, count(t.id)::int AS ever
    FROM phase p LEFT JOIN touchpoint t ON t.phase = p.id
"""

_IN_FULL = """
    SELECT x.*,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(c.code, c.name_{lang}) ORDER BY c.position, c.id), '[]') FROM touchpoint c
            WHERE c.parent = x.id AND c.state <> 'retired')::text AS parts,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(c.code, c.name_{lang}) ORDER BY c.retired_at DESC, c.id), '[]')
            FROM touchpoint c WHERE c.replacement = x.id)::text AS replaces,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(r.id, r.code, r.name_{lang}, r.remedy_{lang}, r.is_moment_of_truth,
            r.code = ANY(string_to_array(x.moments, ',')) OR (r.touchpoint IS NOT DISTINCT FROM x.id AND r.is_moment_of_truth))
            ORDER BY r.position, r.id), '[]')
            FROM contact_reason r)::text AS reasons
    FROM ({touchpoint} WHERE t.code = $1) x
"""


def clean_code(code: str) -> str:
    """A code from an address: nothing that the database could not compare."""
    return code.replace("\x00", "")[:60]


@dataclass(frozen=True, slots=True)
class Kept:
    """A touchpoint as it is defined; `row` has its columns with codes and names for what it refers to."""

    row: Row

    @property
    def is_untended(self) -> bool:
        return is_untended(self.row.state, self.row.responsible, self.row.responsible_left_at)

    @property
    def channels(self) -> list[str]:
        return [code for code in self.row.channels.split(",") if code]

    @property
    def moments(self) -> list[str]:
        return [code for code in self.row.moments.split(",") if code]


async def touchpoint_for(code: str) -> Kept:
    """The touchpoint with this code, whatever its state. Raises NotFound."""
    row = await fetch_one(f"{_TOUCHPOINT} WHERE t.code = $1", clean_code(code))
    if row is None:
        raise NotFound()
    return Kept(row)


class Moment(msgspec.Struct, frozen=True, array_like=True):
    """A reason for contact as the page of a touchpoint tells it: where much is at stake, with what helps then."""

    id: int
    code: str
    name: str
    remedy: str
    is_moment: bool
    is_named: bool


@dataclass(frozen=True, slots=True)
class InFull:
    """A touchpoint with its surroundings: its parts, the retired ones whose place it takes (each code and name), and the reasons for
    contact (`is_named`: known here by its definition)."""

    kept: Kept
    parts: list[tuple[str, str]]
    replaces: list[tuple[str, str]]
    reasons: list[Moment]


async def touchpoint_in_full(code: str) -> InFull:
    """The touchpoint with this code and what its page tells around it; one statement. Raises NotFound."""
    row = await fetch_one(_IN_FULL.format(touchpoint=_TOUCHPOINT, lang=_lang()), clean_code(code))
    if row is None:
        raise NotFound()
    linked = list[tuple[str, str]]
    return InFull(
        Kept(row),
        msgspec.json.decode(row.parts, type=linked),
        msgspec.json.decode(row.replaces, type=linked),
        msgspec.json.decode(row.reasons, type=list[Moment]),
    )


async def kept_touchpoints(*, states: Sequence[str] = ()) -> list[Kept]:
    """The touchpoints in the order of the journey, narrowed to these states."""
    rows = await fetch(
        f"{_TOUCHPOINT} WHERE $1::text[] = '{{}}' OR t.state = ANY($1) ORDER BY p.position, p.id, t.position, t.id",
        list(states),
    )
    return [Kept(row) for row in rows]


async def tended_by(user_id: int) -> list[Row]:
    """The touchpoints in use or planned (code, name_de, name_en) for which somebody is responsible."""
    return await fetch(
        "SELECT t.code, t.name_de, t.name_en FROM touchpoint t JOIN phase p ON p.id = t.phase "
        "WHERE t.responsible = $1 AND t.state <> 'retired' ORDER BY p.position, p.id, t.position, t.id",
        user_id,
    )


async def phases(*, retired: bool | None = None) -> list[Row]:
    """The phases in the order of the journey with the number of their touchpoints (`ever`: the retired ones included)."""
    return await fetch(
        f"{_PHASES} WHERE $1::boolean IS NULL OR (p.retired_at IS NOT NULL) = $1 GROUP BY p.id ORDER BY p.position, p.id",
        retired,
    )


async def phase_for(code: str) -> Row:
    """The phase with this code. Raises NotFound."""
    row = await fetch_one(f"{_PHASES} WHERE p.code = $1 GROUP BY p.id", clean_code(code))
    if row is None:
        raise NotFound()
    return row


@dataclass(frozen=True, slots=True)
class FormChoices:
    """What the form of a touchpoint offers: phases, touchpoints that are not retired (rows with code, names, phase, parent),
    colleagues who work here as (id, name), departments that are in use."""

    phases: list[Row]
    touchpoints: list[Row]
    colleagues: list[tuple[str, str]]
    departments: list[str]

    def by_phase(self, without: Sequence[str] = ()) -> list[tuple[str, list[tuple[str, str]]]]:
        """The touchpoints as a grouped choice."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for row in self.touchpoints:
            if row.code not in without:
                groups.setdefault(row["phase_" + _lang()], []).append((row.code, row["name_" + _lang()]))
        return list(groups.items())


def _lang() -> str:
    return "de" if language.get() == "de" else "en"


async def form_choices() -> FormChoices:
    """Three statements."""
    staff = await fetch("SELECT id, name FROM staff WHERE deactivated_at IS NULL ORDER BY lower(name), id")
    rows: list[Any] = [one.row for one in await kept_touchpoints()]
    return FormChoices(
        phases=await phases(retired=False),
        touchpoints=[row for row in rows if row.state != "retired"],
        colleagues=[(str(row.id), row.name) for row in staff],
        departments=sorted({row.department for row in rows if row.department}, key=str.casefold),
    )
