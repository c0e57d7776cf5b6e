"""Writing the entries that keep erased people from coming back silently, and asking for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from crm.accounts.audit import record
from crm.accounts.company import signing_secret
from crm.customers.data import PersonData
from crm.customers.suppression.keys import Key, keys_of
from crm.database import execute, fetch, fetch_value
from crm.errors import Invalid
from crm.web.i18n import _


async def suppress(keys: Iterable[Key], *, erasure: int, now: datetime) -> None:
    """Remember the keys of somebody who was erased, in the caller's transaction."""
    wanted = sorted(keys)
    await execute(
        "INSERT INTO suppression_entry (kind, key, erasure, created_at) SELECT k.kind, k.key, $3, $4 "
        "FROM unnest($1::text[], $2::text[]) AS k(kind, key) ON CONFLICT (key) DO NOTHING",
        [key.kind.value for key in wanted], [key.key for key in wanted], erasure, now,
    )  # fmt: skip


async def erasures_of(
    *,
    emails: Sequence[str] = (),
    phones: Sequence[str] = (),
    names: Sequence[str] = (),
    postcodes: Sequence[str] = (),
    organisations: Sequence[str] = (),
) -> list[int]:
    """The numbers of the erasures of whoever had one of these addresses or numbers, or this name at this postcode or organisation."""
    keys = keys_of(
        await signing_secret(),
        emails=emails,
        phones=phones,
        names=names,
        postcodes=postcodes,
        organisations=organisations,
    )
    if not keys:
        return []
    rows = await fetch(
        "SELECT DISTINCT erasure FROM suppression_entry WHERE key = ANY($1) ORDER BY 1", [key.key for key in keys]
    )
    return [row.erasure for row in rows]


async def suppressed_among(keys: Iterable[Key]) -> frozenset[str]:
    """Which of many keys are entries; one statement for all rows of an import."""
    wanted = sorted({key.key for key in keys})
    if not wanted:
        return frozenset()
    rows = await fetch("SELECT key FROM suppression_entry WHERE key = ANY($1)", wanted)
    return frozenset(row.key for row in rows)


async def is_any_suppressed() -> bool:
    """Whether anybody was erased at all: before the first erasure nobody need be looked for."""
    return bool(await fetch_value("SELECT EXISTS (SELECT FROM suppression_entry)"))


async def demand_not_erased(
    *,
    person: PersonData | None,
    names: Sequence[str] = (),
    postcodes: Sequence[str] = (),
    organisations: Sequence[str] = (),
    came_back: bool,
    by: int,
    now: datetime,
) -> None:
    """Nobody who was erased is entered again by the way. Raises Invalid with the question whether they have come back by themselves;
    with that said (`came_back`) it goes on record, and their keys are forgotten: from here on they are known again."""
    emails = [one.value for one in person.all_emails] if person else []
    phones = [one.value for one in person.all_phones] if person else []
    called = [*names, *([f"{person.given_name} {person.family_name}"] if person else [])]
    erasures = await erasures_of(
        emails=emails, phones=phones, names=called, postcodes=postcodes, organisations=organisations
    )
    if not erasures:
        return
    if not came_back:
        question = _(
            "Somebody with this address, number or name was erased on their own request (erasure no. %(n)s). Have they come back to you by themselves? Then tick it, and save once more."  # noqa: E501
        )
        raise Invalid({"came_back": question % {"n": ", ".join(map(str, erasures))}})
    keys = keys_of(
        await signing_secret(),
        emails=emails,
        phones=phones,
        names=called,
        postcodes=postcodes,
        organisations=organisations,
    )
    await execute("DELETE FROM suppression_entry WHERE key = ANY($1)", [key.key for key in keys])
    for erasure in erasures:
        await record("suppression.overruled", "erasure", erasure, by=by, now=now)
