"""From which prepared texts an answer was made is written down with it, so that text blocks can be judged by what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crm.database import HIGHEST_ID, execute, fetch
from crm.errors import Invalid
from crm.tickets.blocks.recognising import Left, is_recognised, left_of
from crm.web.i18n import LANGUAGES, _

MOST_CHOSEN = 20


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the writer put into the answer: text blocks and approved answers, by their ids."""

    blocks: tuple[int, ...] = ()
    answers: tuple[int, ...] = ()


NOTHING = Chosen()

_BLOCKS = """
    SELECT id, body_de, body_en FROM text_block
    WHERE retired_at IS NULL OR id = ANY($1::bigint[]) ORDER BY id
"""
_ANSWERS = """
    SELECT a.id, v.text_de AS body_de, v.text_en AS body_en FROM approved_answer a
    JOIN answer_version v ON v.answer = a.id AND v.number = coalesce(a.approved_version, a.version) WHERE a.id = ANY($1::bigint[])
"""
_NOTE = """
    INSERT INTO answer_source (message, text_block, approved_answer, is_changed)
    SELECT $1, b, a, c FROM unnest($2::bigint[], $3::bigint[], $4::bool[]) AS x(b, a, c)
"""


async def note_sources(message_id: int, text: str, chosen: Chosen = NOTHING) -> None:
    """Keep which text blocks (and approved answers) are in an answer that was just written, and whether they were changed; in the
    caller's transaction. What was chosen and thrown away again is not kept; a whole block that was put in by hand is."""
    found: list[tuple[int | None, int | None, bool]] = []
    for row in await fetch(_BLOCKS, list(chosen.blocks)):
        bodies = [row[f"body_{lang}"] for lang in LANGUAGES if row[f"body_{lang}"]]
        if row.id in chosen.blocks:
            left = _most_left(bodies, text)
            if left != Left.NOTHING:
                found.append((row.id, None, left == Left.CHANGED))
        elif any(is_recognised(body, text) for body in bodies):
            found.append((row.id, None, False))
    if chosen.answers:
        for row in await fetch(_ANSWERS, list(chosen.answers)):
            left = _most_left([row.body_de, row.body_en], text)
            if left != Left.NOTHING:
                found.append((None, row.id, left == Left.CHANGED))
    if found:
        await execute(_NOTE, message_id, *map(list, zip(*found, strict=True)))


def _most_left(bodies: Sequence[str], text: str) -> Left:
    left = {left_of(body, text) for body in bodies if body}
    return next((one for one in (Left.WHOLE, Left.CHANGED) if one in left), Left.NOTHING)


async def demand_known(chosen: Chosen) -> None:
    """Raises Invalid for a text block or an approved answer that there is not."""
    for field, table, ids in (
        ("text_block_ids", "text_block", chosen.blocks), ("approved_answer_ids", "approved_answer", chosen.answers)
    ):  # fmt: skip
        known = (
            {row.id for row in await fetch(f"SELECT id FROM {table} WHERE id = ANY($1::bigint[])", list(ids))}
            if ids
            else set()
        )
        if missing := [str(one) for one in ids if one not in known]:
            raise Invalid({field: _("There is none with this number: %(number)s.") % {"number": ", ".join(missing)}})


def chosen_of(blocks: Sequence[str], answers: Sequence[str]) -> Chosen:
    """As a form says it; what is no number is nothing that was chosen."""
    return Chosen(_ids(blocks), _ids(answers))


def _ids(sent: Sequence[str]) -> tuple[int, ...]:
    numbers = (int(one) for one in sent[:MOST_CHOSEN] if one.isascii() and one.isdigit() and len(one) < 19)
    return tuple(dict.fromkeys(one for one in numbers if 0 < one <= HIGHEST_ID))
