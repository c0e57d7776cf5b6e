"""The reads of mailings: the list, one of them, its readers and what became of their mails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crm.consents.chain import KEY_SQL
from crm.customers.data import full_name_sql
from crm.customers.lists.wanted import SHOWN
from crm.customers.merged import survivor_sql
from crm.database import HIGHEST_ID, Row, fetch, fetch_one, fetch_value
from crm.errors import NotFound
from crm.interactions.mails.queries import sender_of
from crm.mailings.tables import MailingStatus, RecipientState
from crm.mailings.texts import Surroundings
from crm.web.i18n import zone
from crm.web.paging import cursor_of, keys_of

PAGE = 50
AFTERWARDS = timedelta(days=30)
"""For so long after their mail somebody who says no to the purpose is counted at the mailing."""

_MAILING = """
    SELECT m.*, coalesce(v.name, m.view_name) AS audience_name, p.name_de, p.name_en, p.is_advertising, p.legal_basis,
        p.retired_at AS purpose_retired_at, c.name AS created_by_name, h.name AS changed_by_name, s.name AS confirmed_by_name
    FROM mailing m LEFT JOIN saved_view v ON v.id = m.view LEFT JOIN purpose p ON p.code = m.purpose
    JOIN staff c ON c.id = m.created_by JOIN staff h ON h.id = m.changed_by LEFT JOIN staff s ON s.id = m.confirmed_by
"""


async def purposes_for_mailings() -> list[Row]:
    """What mailings can be for: advertising, and what the company defined on legitimate interest. Surveys and letters written by hand
    have senders of their own."""
    return await fetch(
        "SELECT code, name_de, name_en, legal_basis, is_advertising FROM purpose "
        "WHERE 'email' = ANY(string_to_array(channels, ',')) AND retired_at IS NULL AND code NOT IN ('survey', 'correspondence') "
        "AND (legal_basis = 'consent' AND is_advertising OR legal_basis = 'legitimate_interest') "
        "ORDER BY is_advertising DESC, position, id"
    )


async def mailings(cursor: str | None = None, limit: int = PAGE) -> tuple[list[Row], str | None]:
    """The newest mailings, with how many were found to get each, and the cursor of the next ones."""
    keys = keys_of(cursor, int)
    rows = await fetch(
        f"SELECT x.*, (SELECT count(*) FROM mailing_recipient r WHERE r.mailing = x.id AND r.state <> 'left_out') AS readers "
        f"FROM ({_MAILING} WHERE m.id < $1 ORDER BY m.id DESC LIMIT $2) x ORDER BY x.id DESC",
        keys[0] if keys else HIGHEST_ID, limit + 1,
    )  # fmt: skip
    return rows[:limit], cursor_of(rows[limit - 1].id) if len(rows) > limit else None


async def mailing_for(mailing_id: int) -> Row:
    """One mailing; NotFound if there is none."""
    row = await fetch_one(f"{_MAILING} WHERE m.id = $1", mailing_id) if 0 < mailing_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return row


# Readers with what the placeholders need. $1-$4: recipients, persons (or none), customers, addresses; each stands for what it was merged
# into. Whoever does not have the address any more is no reader: it is somebody else's by now, or nobody's.
_READERS = f"""
    SELECT r.n, r.person, c.id AS customer, {full_name_sql("p")} AS person_name, coalesce(p.given_name, '') AS given_name,
        coalesce(p.family_name, '') AS family_name, coalesce(p.title, '') AS title,
        coalesce(p.form_of_address, 'neutral') AS form_of_address, coalesce(p.salutation, '') AS salutation,
        c.name AS customer_name, c.number AS customer_number, o.name AS owner_name
    FROM (
        SELECT k.n, k.address, {survivor_sql("person", "p")} AS person, {survivor_sql("customer", "c")} AS customer
        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) AS k(n, person, customer, address)
        JOIN customer c ON c.id = k.customer LEFT JOIN person p ON p.id = k.person WHERE k.person IS NULL OR p.id IS NOT NULL
    ) r JOIN customer c ON c.id = r.customer AND {SHOWN} LEFT JOIN person p ON p.id = r.person LEFT JOIN staff o ON o.id = c.owner
    WHERE p.restricted_at IS NULL AND EXISTS (
        SELECT FROM email_address e WHERE lower(e.address) = lower(r.address) AND e.returned_at IS NULL
            AND (e.person = r.person OR r.person IS NULL AND e.customer = r.customer))
"""


async def readers(whom: Sequence[tuple[int, int | None, int | None, str]]) -> dict[int, Row]:
    """What the placeholders need of these (number, person, customer, address), by number. Whoever is restricted or deleted by now is
    missing, and so is whoever has the address no longer, or whose mails come back from it."""
    rows = await fetch(_READERS, *map(list, zip(*whom, strict=True))) if whom else []
    return {row.n: row for row in rows}


async def surroundings(signed_by: int, now: datetime) -> Surroundings:
    """What is the same in each mail; signed by this member of staff."""
    row = await fetch_one("SELECT name, imprint FROM company")
    assert row is not None
    return Surroundings(await sender_of(signed_by), row.name, row.imprint, now.astimezone(zone.get()).date())


@dataclass(frozen=True, slots=True)
class Results:
    """What became of it: by words.RESULTS how many mails, by reason how many were left out, how many said no to the purpose within
    AFTERWARDS of getting it."""

    mails: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    said_no: int = 0

    @property
    def readers(self) -> int:
        return self.mails.total()

    @property
    def settled(self) -> int:
        """Whose turn it was."""
        return self.readers - self.mails["waiting"]


_RESULTS = """
    SELECT r.state, r.reason, o.status, count(*) AS n FROM mailing_recipient r LEFT JOIN outbox_message o ON o.id = r.outbox_id
    WHERE r.mailing = $1 GROUP BY 1, 2, 3
"""
# Two equalities and not one OR, for which each no would be held against each reader.
_IN_TIME = "h.sent_at <= v.at AND v.at < h.sent_at + $2::interval"
_SAID_NO = f"""
    WITH no AS (
        SELECT person_id, address_key, at FROM consent_event
        WHERE purpose = $3 AND channel = 'email' AND event IN ('withdrawn', 'objected', 'refused') AND at >= $4
    ), had AS (
        SELECT r.id, r.person_id, r.address, o.sent_at FROM mailing_recipient r JOIN outbox_message o ON o.id = r.outbox_id
        WHERE r.mailing = $1 AND o.sent_at IS NOT NULL
    )
    SELECT count(*) FROM (
        SELECT h.id FROM no v JOIN had h ON h.person_id = v.person_id WHERE {_IN_TIME}
        UNION SELECT h.id FROM no v JOIN had h ON {KEY_SQL.format(address="h.address")} = v.address_key
            WHERE v.person_id IS NULL AND h.address <> '' AND {_IN_TIME}
    ) said
"""


async def results_of(mailing: Row) -> Results:
    """The figures of one mailing; two statements."""
    found = Results(said_no=await _said_no(mailing))
    for row in await fetch(_RESULTS, mailing.id):
        if row.state == RecipientState.LEFT_OUT:
            found.left_out[row.reason] += row.n
        else:
            found.mails[result_of(row.state, row.status)] += row.n
    return found


async def _said_no(mailing: Row) -> int:
    if mailing.started_at is None:
        return 0
    return int(await fetch_value(_SAID_NO, mailing.id, AFTERWARDS, mailing.purpose, mailing.started_at))


def result_of(state: str, outbox: str | None) -> str:
    """What became of one mail, as a code of words.RESULTS."""
    if state != RecipientState.HANDED_OVER:
        return state
    return {"sent": "sent", "failed": "failed", "refused": "refused"}.get(outbox or "", "under_way")


_GROUPS = {
    "sent": "r.state = 'handed_over' AND o.status = 'sent'",
    "failed": "r.state = 'handed_over' AND o.status = 'failed'",
    "refused": "r.state = 'handed_over' AND o.status = 'refused'",
    "under_way": "r.state = 'handed_over' AND (o.status IS NULL OR o.status IN ('queued', 'sending'))",
    "waiting": "r.state = 'waiting'",
    "dropped": "r.state = 'dropped'",
}


async def recipients(
    mailing_id: int, group: str, cursor: str | None = None, limit: int = PAGE
) -> tuple[list[Row], str | None]:
    """Those of one result, or left out for one reason. Restricted and deleted people are not listed (GDPR Art. 18)."""
    keys = keys_of(cursor, int)
    where, arguments = (
        (_GROUPS[group], []) if group in _GROUPS else ("r.state = 'left_out' AND r.reason = $4", [group[:40]])
    )
    rows = await fetch(
        f"SELECT r.id, r.customer_id, r.person_id, r.name, r.address, r.state, r.reason, o.status, o.sent_at, o.error, "
        f"o.purpose, o.permission::text AS permission, u.name_de, u.name_en, c.name AS customer_name FROM mailing_recipient r "
        f"JOIN customer c ON c.id = r.customer_id AND (c.merged_into IS NOT NULL OR {SHOWN}) LEFT JOIN person p ON p.id = r.person_id "
        f"LEFT JOIN outbox_message o ON o.id = r.outbox_id LEFT JOIN purpose u ON u.code = o.purpose "
        f"WHERE r.mailing = $1 AND r.id > $2 AND {where} AND p.restricted_at IS NULL ORDER BY r.id LIMIT $3",
        mailing_id, keys[0] if keys else 0, limit + 1, *arguments,
    )  # fmt: skip
    return rows[:limit], cursor_of(rows[limit - 1].id) if len(rows) > limit else None


async def due_mailings(now: datetime) -> list[int]:
    """Those whose next portion is due."""
    rows = await fetch(
        "SELECT id FROM mailing WHERE status IN ($1, $2) AND next_at <= $3 ORDER BY next_at, id",
        MailingStatus.PLANNED.value, MailingStatus.RUNNING.value, now,
    )  # fmt: skip
    return [row.id for row in rows]
