"""A double click or a repeated POST makes one record: what a submission id has done is remembered with it."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from litestar import Response

from crm.accounts.current import StaffRequest
from crm.database import execute, fetch_one, fetch_value, transaction
from crm.errors import RuleBroken
from crm.web.i18n import _

LONGEST_KEY = 200


@dataclass(frozen=True)
class Done:
    """What the first run led to: the address of a page for a form, status and body for the API."""

    location: str = ""
    status: int = 303
    body: str = ""


async def once(
    user_id: int, key: str, do: Callable[[], Awaitable[Done]], *, now: datetime, request: bytes = b""
) -> Done:
    """Run `do` at most once for this user and key, in one transaction with remembering it; a repeat gets the first
    answer. Two at the same time: the second waits for the first. An empty key remembers nothing.

    Raises RuleBroken if the key was used before with another request (`request` is the body).
    """
    if not key:
        return await do()
    key, digest = _stored_key(key), hashlib.sha256(request).digest() if request else b""
    async with transaction():
        new = await fetch_value(
            'INSERT INTO submission ("user", key, request_hash, status, location, body, created_at) '
            "VALUES ($1, $2, $3, 0, '', '', $4) ON CONFLICT DO NOTHING RETURNING id",
            user_id, key, digest, now,
        )  # fmt: skip
        if new is None:
            return await _earlier(user_id, key, digest)
        done = await do()
        await execute(
            "UPDATE submission SET status = $2, location = $3, body = $4 WHERE id = $1",
            new, done.status, done.location, done.body,
        )  # fmt: skip
        return done


def _stored_key(key: str) -> str:
    """The key as it is remembered: a long one, or one that cannot be stored as text, by its SHA-256, so that no two are
    taken for one."""
    if len(key) <= LONGEST_KEY and key.isprintable():
        return key
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


async def _earlier(user_id: int, key: str, digest: bytes) -> Done:
    row = await fetch_one(
        'SELECT request_hash, status, location, body FROM submission WHERE "user" = $1 AND key = $2', user_id, key
    )
    if row is None or row.request_hash != digest:
        raise RuleBroken(_("This Idempotency-Key was already used for another request. Send a new key."))
    return Done(row.location, row.status, row.body)


async def created_once(
    request: StaffRequest, do: Callable[[], Awaitable[msgspec.Struct]], *, now: datetime, status: int = 201,
    told: bytes | None = None,
) -> Response[bytes]:  # fmt: skip
    """The answer of an API's POST: what `do` made, as JSON; with an Idempotency-Key, made at most once. `told` stands for
    what was sent, if the body says it differently each time (files)."""

    async def run() -> Done:
        return Done(status=status, body=msgspec.json.encode(await do()).decode())

    key = request.headers.get("idempotency-key", "").strip()
    named = f"{request.method} {request.url.path} {key}" if key else ""
    told = await request.body() if told is None else told
    done = await once(request.user.id, named, run, now=now, request=told)
    return Response(done.body.encode(), status_code=done.status, media_type="application/json")


async def answered_once(
    request: StaffRequest, do: Callable[[], Awaitable[msgspec.Struct]], *, now: datetime, status: int = 200
) -> Response[bytes]:
    """As `created_once`, for what commits item by item and may be done again without harm: the answer is remembered when
    all is done, so that a wrong item is not everybody's. A call that broke off half-way is done again as a whole."""
    key = request.headers.get("idempotency-key", "").strip()
    named = _stored_key(f"{request.method} {request.url.path} {key}")
    digest = hashlib.sha256(await request.body()).digest()
    known = 'SELECT 1 FROM submission WHERE "user" = $1 AND key = $2'
    if key and await fetch_value(known, request.user.id, named):
        done = await _earlier(request.user.id, named, digest)
    else:
        done = Done(status=status, body=msgspec.json.encode(await do()).decode())
        if key:
            await execute(
                'INSERT INTO submission ("user", key, request_hash, status, location, body, created_at) '
                "VALUES ($1, $2, $3, $4, '', $5, $6) ON CONFLICT DO NOTHING",
                request.user.id, named, digest, done.status, done.body, now,
            )  # fmt: skip
    return Response(done.body.encode(), status_code=done.status, media_type="application/json")


async def form_once(
    request: StaffRequest, submission_id: str, do: Callable[[], Awaitable[str]], *, now: datetime
) -> str:
    """The address to go to after a form; `do` runs at most once for the form's hidden `submission_id` and what was typed:
    a page that somebody goes back to, changes and sends again is not the same form."""

    async def run() -> Done:
        return Done(location=await do())

    key = f"form {submission_id} {await _fingerprint(request)}" if submission_id else ""
    return (await once(request.user.id, key, run, now=now)).location


async def _fingerprint(request: StaffRequest) -> str:
    """What was typed, as a short text that is the same for the same form."""
    typed = sorted((name, str(value)) for name, value in (await request.form()).multi_items() if name != "_csrf_token")
    return hashlib.sha256(repr([request.url.path, *typed]).encode("utf-8", "surrogatepass")).hexdigest()[:32]
