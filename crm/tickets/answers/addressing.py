"""To whom an automatic message goes: how many one address gets, and whether it is the address of whoever the enquiry is of."""

from __future__ import annotations

MOST_A_DAY = 3
"""So many automatic messages one address gets in 24 hours, acknowledgements and answers together: two machines that answer each
other stop there."""


def had_sql(address: str, since: str) -> str:
    """How many automatic messages this address (in small letters, as all that come in are) has had since then."""
    return (
        f"(SELECT count(*) FROM outbox_message x WHERE x.to_address = {address} AND x.dedupe_key LIKE 'received %' "
        f"AND x.created_at > {since})"
    )


def is_theirs_sql(address: str, customer: str, person: str) -> str:
    """Whether the address is that person's, the customer's where there is no person. Anybody can write in the name of another and
    have the answer sent elsewhere (Reply-To): such an address hears no name and gets no link."""
    return (
        f"EXISTS (SELECT FROM email_address e LEFT JOIN affiliation a ON a.person = e.person WHERE lower(e.address) = lower({address}) "
        f"AND CASE WHEN {person} IS NULL THEN coalesce(e.customer, a.customer) = {customer} ELSE e.person = {person} END)"
    )
