"""Turns what went wrong into one sentence that says what to do, for every command in this one place."""

from __future__ import annotations

import sys

from crm.embedded.errors import EmbeddedError
from crm.settings import SettingsError


class Refusal(Exception):
    """A command cannot do what it was asked for; the message says why and what to do."""


def sentence_for(problem: BaseException) -> str | None:
    """The sentence for an expected error, or None if this is a mistake in the program, whose traceback is wanted."""
    if isinstance(problem, SettingsError):
        return "\n     ".join(problem.problems)
    if isinstance(problem, (Refusal, EmbeddedError)):
        return str(problem)
    if _is_a("crm.migrations", "NewerDatabase", problem):
        return str(problem)
    if _is_a("crm.errors", "Problem", problem):
        return str(problem) or type(problem).__name__
    if _is_a("asyncpg", "PostgresError", problem) or _is_a("asyncpg", "InterfaceError", problem):
        return f"The database says: {_first_line(problem)}. See `crm doctor`."
    if _is_a("redis.exceptions", "RedisError", problem):
        return f"The queue does not answer: {_first_line(problem)}. Check CRM_REDIS_URL; see `crm doctor`."
    if isinstance(problem, OSError) and problem.filename:
        return f"{problem.filename}: {problem.strerror}."
    if isinstance(problem, OSError) and problem.errno:
        return f"{_first_line(problem)}."
    return None


def _is_a(module: str, name: str, problem: BaseException) -> bool:
    """Whether the problem is of a class whose module this command may never have imported."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(problem, kind)


def _first_line(problem: BaseException) -> str:
    text = str(problem).strip() or type(problem).__name__
    return text.splitlines()[0].rstrip(".")
