"""Whoever the customer wrote to together with us: kept with the message, and offered a copy of the answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec

from crm.consents.sentences import reason
from crm.customers.restricted import restricted_address_sql
from crm.database import Row, decoded, execute, fetch
from crm.errors import Invalid
from crm.mail.message import Copy
from crm.tickets.merged import FAMILY
from crm.web.i18n import _

MOST_COPIES = 20
"""So many people of one mail are kept: a mail to more is no conversation."""

# Everybody in the customer's mails of a ticket `k`, each once: `is_ticked` who was in CC of the latest. Not ourselves, not our staff,
# and nobody to whom the answer goes anyhow.
_PEOPLE = f"""
    SELECT r.address, (array_agg(r.name ORDER BY r.name = '', r.id DESC))[1] AS name,
        bool_or(r.is_copy AND m.id = (SELECT max(l.id) FROM ticket_message l WHERE l.ticket IN {FAMILY} AND l.kind = 'inbound'
            AND l.mail_id <> '')) AS is_ticked,
        bool_or(EXISTS (SELECT FROM ticket_message b JOIN outbox_copy y ON y.message = b.outbox_id AND y.returned_at IS NOT NULL
            WHERE b.ticket IN {FAMILY} AND lower(y.address) = r.address)) AS has_come_back,
        bool_or({restricted_address_sql("r.address")}) AS is_restricted
    FROM ticket_message m JOIN message_recipient r ON r.message = m.id, company o
    WHERE m.ticket IN {FAMILY} AND m.kind = 'inbound' AND r.address <> lower(o.mail_from)
        AND NOT EXISTS (SELECT FROM letter_box x WHERE r.address IN (lower(x.address), lower(x.user_name)))
        AND NOT EXISTS (SELECT FROM staff s WHERE lower(s.email) = r.address)
    GROUP BY r.address ORDER BY 3 DESC, 1
"""

OFFERED = f"SELECT w.address, w.name, w.is_ticked, w.has_come_back FROM ({_PEOPLE}) w WHERE NOT w.is_restricted"
"""For the page of a ticket `k`: who may get a copy of the answer."""

BESIDE = f"""(SELECT coalesce(jsonb_agg(jsonb_build_object('address', r.address, 'name', r.name) ORDER BY r.id), '[]')
    FROM message_recipient r WHERE r.message = m.id AND ($2 OR NOT {restricted_address_sql("r.address")}))"""
"""Who was written to besides us in a message `m`; whoever is restricted only if $2 (GDPR Art. 18)."""

SENT = f"""(SELECT coalesce(jsonb_agg(jsonb_build_object('address', y.address, 'name', y.name, 'error', y.error,
        'sent_at', y.sent_at, 'returned_at', y.returned_at, 'allowed', (y.permission ->> 'allowed')::boolean,
        'code', y.permission ->> 'code', 'params', y.permission -> 'params') ORDER BY y.position, y.id), '[]')
    FROM outbox_copy y WHERE y.message = x.id
    AND ($2 OR y.permission ->> 'code' = 'restricted' OR NOT {restricted_address_sql("lower(y.address)")}))"""
"""Who gets or got a copy of a row `x` of the outbox, and what became of it. Whoever is restricted only if $2, or where the gate refused
an address that somebody had typed themselves: they have to know."""


class OfferedCopy(msgspec.Struct):
    """Somebody who may get a copy of the answer. `is_ticked`: was in CC of the customer's latest mail; `has_come_back`: a copy to
    them did not arrive."""

    address: str
    name: str
    is_ticked: bool
    has_come_back: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A copy as it is shown; `problem` says why it did not arrive, `state` is a code for the API."""

    address: str
    name: str = ""
    state: str = ""
    problem: str = ""


class SentCopy(msgspec.Struct):
    """A copy in the JSON of a message."""

    address: str
    name: str = ""
    error: str = ""
    sent_at: str | None = None
    returned_at: str | None = None
    allowed: bool = True
    code: str | None = None
    params: dict[str, object] | None = None

    def shown(self) -> Sent:
        if self.returned_at:
            return Sent(self.address, self.name, "bounced", _("came back"))
        if not self.allowed:
            told = reason(self.code, self.params or {}) if self.code else ""
            return Sent(self.address, self.name, "refused", _("got no copy: %(because)s") % {"because": told})
        if self.error:
            return Sent(self.address, self.name, "failed", _("got no copy: %(because)s") % {"because": self.error})
        return Sent(self.address, self.name, "sent" if self.sent_at else "queued")


async def keep_recipients(message_id: int, to: Sequence[Copy], cc: Sequence[Copy], *, besides: Collection[str]) -> None:
    """Remember to whom else the customer's mail went. `besides` are addresses that count for nobody: our own, and the sender's."""
    found = {one.address: (one, False) for one in to} | {one.address: (one, True) for one in cc}
    kept = [(one, is_copy) for address, (one, is_copy) in found.items() if address not in besides][:MOST_COPIES]
    if kept:
        await execute(
            "INSERT INTO message_recipient (message, name, address, is_copy) "
            "SELECT $1, * FROM unnest($2::text[], $3::text[], $4::boolean[])",
            message_id, [one.name[:200] for one, _is in kept], [one.address[:254] for one, _is in kept], [each for _one, each in kept],
        )  # fmt: skip


async def chosen_copies(ticket_id: int, addresses: Sequence[str]) -> list[Copy]:
    """These people, who get a copy. Raises Invalid for somebody whom the customer never wrote to: our answer is not for them. A
    restricted person is left to the gate, which says why."""
    wanted = list(dict.fromkeys(address.strip().lower() for address in addresses))
    if not wanted:
        return []
    known = {
        row.address: row
        for row in await fetch(f"SELECT w.* FROM ticket k, LATERAL ({_PEOPLE}) w WHERE k.id = $1", ticket_id)
    }
    strangers = [address for address in wanted if address not in known]
    if strangers:
        sentence = _("%(address)s takes no part in this conversation. Forward the enquiry instead.")
        raise Invalid({"cc": sentence % {"address": strangers[0][:254]}})
    return [Copy(address, known[address].name) for address in wanted]


def offered_copies(ticket: Row) -> list[OfferedCopy]:
    """Who may get a copy of the answer, besides the addressee."""
    people = [OfferedCopy(**one) for one in decoded(ticket.offered_copies)]
    return [one for one in people if one.address != (ticket.address or "").lower()]
