"""What an erasure keeps of the person until its end, and the keys that stay."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from crm.accounts.company import signing_secret
from crm.customers.suppression.keys import Key, keys_of
from crm.database import fetch, fetch_one
from crm.privacy.subject import Needles, Subject


def needles_from(stored: str) -> Needles:
    """What an erasure that runs has kept of them."""
    return msgspec.json.decode(stored, type=Needles)


async def keys_for(needles: Needles) -> frozenset[Key]:
    """The keyed hashes of the suppression entries (GDPR Art. 17 in time: nothing else is kept to know them by)."""
    return keys_of(
        await signing_secret(),
        emails=needles.emails,
        phones=needles.phones,
        names=needles.names,
        postcodes=needles.postcodes,
        organisations=needles.employers,
    )


async def needles_for_the_way(erasure_id: int, subject: Subject) -> Needles:
    """The needles with what is emptied on the way and needed at its end: the address from which the erasure was asked for, and where
    else the person was found."""
    needles = subject.needles
    row = await fetch_one(
        "SELECT q.requester_address, q.requester_name FROM erasure e JOIN data_request q ON q.id = e.request WHERE e.id = $1",
        erasure_id,
    )
    places = await fetch(
        "SELECT DISTINCT customer FROM affiliation WHERE person = ANY($1) AND customer <> ALL($2) ORDER BY 1",
        list(subject.persons), list(subject.customers),
    )  # fmt: skip
    address = row.requester_address if row else ""
    if row is not None and "@" not in address:
        address = needles.emails[0] if needles.emails else ""
    return replace(
        needles,
        reply_to=address,
        reply_name=row.requester_name if row else "",
        organisations=tuple(place.customer for place in places),
    )
