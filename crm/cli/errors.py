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
        return f"The queue does not answer: {why_unreachable(problem)}. Check CRM_REDIS_URL; see `crm doctor`."
    if isinstance(problem, OSError) and problem.filename:
        return f"{problem.filename}: {problem.strerror}."
    if isinstance(problem, ConnectionError):
        return f"A server does not answer: {why_unreachable(problem)}. See `crm doctor`."
    if isinstance(problem, OSError) and problem.errno:
        return f"{_first_line(problem)}."
    return None


_SAID_BY_THE_SYSTEM = (
    (ConnectionRefusedError, "nothing listens there"),
    (FileNotFoundError, "there is no such socket, or no certificate where the address says"),
    (PermissionError, "this user may not open its socket"),
)


def why_unreachable(problem: BaseException) -> str:
    """Why a database or a queue cannot be reached, in words: what the operating system says of it helps nobody. What the
    server itself says (a wrong password, an unknown database) is kept."""
    causes = [cause for cause in (problem, problem.__cause__, problem.__context__) if cause is not None]
    text = _first_line(problem)
    if any(isinstance(cause, TimeoutError) for cause in causes) or _is_a("redis.exceptions", "TimeoutError", problem):
        return "it does not answer in time"
    if any(_is_a("socket", "gaierror", cause) for cause in causes):
        return "no machine of that name is known"
    if any(_is_a("ssl", "SSLCertVerificationError", cause) for cause in causes):
        return "the server's certificate is not one that this machine trusts"
    if "rejected SSL upgrade" in text:
        return "it offers no encryption, which the sslmode in the address demands (switch ssl on there, or leave sslmode out)"
    for kind, words in _SAID_BY_THE_SYSTEM:
        if any(isinstance(cause, kind) for cause in causes):
            return words
    if any(isinstance(cause, (ConnectionResetError, EOFError)) for cause in causes) or _is_a(
        "asyncpg", "ConnectionDoesNotExistError", problem
    ):
        return "it closed the connection"
    if "Connect call failed" in text:  # one for each address of a name, in one error without a number
        return "nothing listens there"
    if isinstance(problem, OSError) and problem.strerror:
        return problem.strerror
    return text


def _is_a(module: str, name: str, problem: BaseException) -> bool:
    """Whether the problem is of a class whose module this command may never have imported."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(problem, kind)


def _first_line(problem: BaseException) -> str:
    text = str(problem).strip() or type(problem).__name__
    return text.splitlines()[0].rstrip(".")
