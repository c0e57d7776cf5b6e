"""What people see of an erasure before it is done: everything that the second person approves, as it is now. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from crm.database import Row, fetch, fetch_one
from crm.errors import NotFound
from crm.privacy.erasure.duty_actions import all_duties, in_force
from crm.privacy.erasure.holds import HOLDS_ON
from crm.privacy.erasure.mention_queries import MOST, FoundText, texts_mentioning
from crm.privacy.erasure.planning import BESIDE, Planned, TableSum, fingerprint, planned_rows, sums
from crm.privacy.erasure.tables import Decision
from crm.privacy.subject import Subject, subject_of
from crm.web.i18n import zone


class Missing(StrEnum):
    """What stands in the way on the request itself."""

    NOTHING = ""
    KIND = "kind"
    REFUSED = "refused"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class Overview:
    """The erasure as it would be done now. `more_texts`: the search found more mentions than are shown, `undecided` counts those too.
    `duties` are all that there are, in force or not. `missing` is what the request lacks: it must still ask for an erasure, not be
    refused, and it must be known that the person themselves asks (GDPR Art. 12 (6)); an erasure without a request is asked for by
    whoever approves it."""

    subject: Subject
    rows: Sequence[Planned]
    tables: Sequence[TableSum]
    texts: Sequence[FoundText]
    more_texts: bool
    undecided: int
    holds: Sequence[Row]
    open_tickets: int
    missing: Missing
    fingerprint: str
    duties: list[Row]


async def overview_of(erasure: Row, now: datetime) -> Overview:
    """Five statements, whoever it is about, and one more for the first of a process."""
    subject = await subject_of(erasure.person, erasure.customer)
    today = now.astimezone(zone.get()).date()
    duties = await all_duties()
    rows = await planned_rows(subject, in_force(duties), today, zone.get().key)
    texts = await texts_mentioning(erasure.id, subject.needles, rows)
    more, undecided = len(texts) > MOST, sum(not text.decision for text in texts)
    texts = sorted(texts[:MOST], key=lambda text: (text.table, text.column, text.row_id))
    beside = await fetch(
        "SELECT b.*, h.* FROM (SELECT "
        "(SELECT count(*) FROM ticket WHERE (customer = ANY($3) OR person = ANY($2)) AND status NOT IN ('solved', 'closed') "
        "AND merged_into IS NULL) AS open_tickets, coalesce((SELECT CASE WHEN kind <> 'erasure' THEN 'kind' "
        "WHEN status = 'refused' THEN 'refused' WHEN identity <> 'confirmed' THEN 'identity' END "
        f"FROM data_request WHERE id = $4), '') AS missing) b LEFT JOIN ({HOLDS_ON}) h ON true ORDER BY h.id",
        today, list(subject.persons), list(subject.customers), erasure.request,
    )  # fmt: skip
    return Overview(
        subject,
        rows,
        sums(rows),
        texts,
        more,
        undecided,
        [row for row in beside if row.id is not None],
        beside[0].open_tickets,
        Missing(beside[0].missing),
        fingerprint(rows, _approved(texts)),
        duties,
    )


def decided(overview: Overview, decision: Decision) -> Overview:
    """As it is once this was decided about all mentions that are still open, if the preview shows them all."""
    texts = [text if text.decision else replace(text, decision=decision.value) for text in overview.texts]
    return replace(overview, texts=texts, undecided=0, fingerprint=fingerprint(overview.rows, _approved(texts)))


def _approved(texts: Iterable[FoundText]) -> list[tuple[str, str, int, str, str]]:
    """What becomes of the mentions, for the fingerprint of what is approved."""
    return [
        (text.table, text.column, text.row_id, text.digest, text.decision)
        for text in texts
        if text.decision != Decision.LEAVE and text.table not in BESIDE
    ]


_ONE = """
    SELECT e.*, e.needles::text AS needles_text, e.found::text AS found_text, u.name AS prepared_by_name, a.name AS approved_by_name
    FROM erasure e LEFT JOIN staff u ON u.id = e.prepared_by LEFT JOIN staff a ON a.id = e.approved_by
"""


async def erasure_for(erasure_id: int) -> Row:
    """One erasure, for whoever may see erasures at all. Raises NotFound."""
    row = await fetch_one(f"{_ONE} WHERE e.id = $1", erasure_id)
    if row is None:
        raise NotFound()
    return row


async def erasure_of_request(request_id: int) -> Row | None:
    """The erasure that a request led to, if it was not given up."""
    return await fetch_one(f"{_ONE} WHERE e.request = $1 AND e.status <> 'cancelled'", request_id)


async def all_erasures(before: int | None = None) -> list[Row]:
    """The newest erasures first, 50 and one more; those by a rule of retention are reported with it."""
    return await fetch(f"{_ONE} WHERE e.id < $1 AND e.by_rule IS NULL ORDER BY e.id DESC LIMIT 51", before or 2**62)


async def kept_rows(erasure_id: int) -> list[Row]:
    """What duties still keep of an erasure that is done, by table and duty."""
    return await fetch(
        "SELECT table_name, duty, count(*) AS n, min(ends_on) AS ends_from, max(ends_on) AS ends_on FROM erasure_row "
        "WHERE erasure = $1 AND treatment = 'keep' AND done_at IS NULL GROUP BY 1, 2 ORDER BY 1, 2",
        erasure_id,
    )
