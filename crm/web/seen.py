"""What a page tells the log of access beside its address: how many records a search showed."""

from __future__ import annotations

from contextvars import ContextVar

_hits: ContextVar[int | None] = ContextVar("search_hits", default=None)


def note_hits(found: int) -> None:
    """So many records were found; several searches behind one page add up."""
    _hits.set((_hits.get() or 0) + found)


def take_hits() -> int | None:
    """What was noted since this was last asked; None where nobody searched."""
    found = _hits.get()
    if found is not None:
        _hits.set(None)
    return found
