"""Reading who is owed information, what was sent, and what the configuration says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from crm.accounts.company import company
from crm.consents.sentences import BASES
from crm.consents.tables import LegalBasis
from crm.customers.data import full_name_sql
from crm.database import Row, fetch, fetch_one
from crm.privacy.informing.wording import NoticeFacts, proposal, subject
from crm.privacy.particulars.queries import particulars
from crm.web.i18n import N_, _, local_name, ngettext, speaking
from crm.web.paging import cursor_of, keys_of

PAGE = 50

IN_USE = "p.retired_at IS NULL AND p.legal_basis <> 'internal'"
"""SQL, over purpose p: for it data of people outside the house are processed."""
OF_PEOPLE = "a.retired_at IS NULL AND a.about <> 'organisation'"
"""SQL, over attribute a: it is kept of people. The notice and the record of processing name the same ones."""

CATEGORIES = (
    N_("name and form of address"), N_("addresses, telephone numbers and e-mail addresses"), N_("the company and your function there"),
    N_("contacts with us and enquiries"), N_("orders and quotations"), N_("consents and objections"),
)  # fmt: skip

_LAST_NOTICE = """
    LEFT JOIN LATERAL (
        SELECT n.at, n.address, n.outbox_id FROM information_notice n WHERE n.person = d.person ORDER BY n.id DESC LIMIT 1
    ) n ON true LEFT JOIN outbox_message o ON o.id = n.outbox_id
"""


@dataclass(frozen=True, slots=True)
class Pending:
    """A page of those who wait, the longest due first."""

    rows: list[Row]
    next: str | None


async def pending(*, cursor: str | None = None, limit: int = PAGE) -> Pending:
    """Who is owed information. Restricted people wait until the officer has decided (they get it all the same, by the duty of law)."""
    key = keys_of(cursor, date, int) or (date.min, 0)
    rows = await fetch(
        f"SELECT d.id, d.person, d.due_on, d.source, d.obtained_at, {full_name_sql('p')} AS name, p.language, "
        "(SELECT e.address FROM email_address e WHERE e.person = p.id ORDER BY e.position, e.id LIMIT 1) AS email, "
        "c.id AS customer_id, c.name AS customer, n.at AS sent_at, n.address AS sent_to, o.status AS mail, o.error "
        "FROM information_duty d JOIN person p ON p.id = d.person "
        "JOIN LATERAL (SELECT a.customer FROM affiliation a JOIN customer x ON x.id = a.customer WHERE a.person = p.id "
        "AND x.deleted_at IS NULL AND x.restricted_at IS NULL ORDER BY a.is_self DESC, a.id LIMIT 1) a ON true "
        f"JOIN customer c ON c.id = a.customer {_LAST_NOTICE} "
        "WHERE d.status = 'pending' AND p.restricted_at IS NULL AND p.merged_into IS NULL AND (d.due_on, d.id) > ($1, $2) "
        "ORDER BY d.due_on, d.id LIMIT $3",
        *key, limit + 1,
    )  # fmt: skip
    last = rows[limit - 1] if len(rows) > limit else None
    return Pending(rows[:limit], cursor_of(last.due_on, last.id) if last else None)


async def how_many(today: date) -> Row:
    """How many wait, how many of them are overdue, how many have no mail address, and how many a run could write to."""
    row = await fetch_one(
        "SELECT count(*) AS pending, count(*) FILTER (WHERE d.due_on < $1) AS overdue, "
        "count(*) FILTER (WHERE NOT has_mail) AS nameless, count(*) FILTER (WHERE has_mail AND NOT waits) AS ready "
        "FROM (SELECT d.*, EXISTS (SELECT FROM email_address e WHERE e.person = d.person) AS has_mail, "
        "EXISTS (SELECT FROM information_notice n JOIN outbox_message o ON o.id = n.outbox_id WHERE n.person = d.person "
        "AND o.status IN ('queued', 'sending')) AS waits "
        "FROM information_duty d JOIN person p ON p.id = d.person WHERE d.status = 'pending' AND p.restricted_at IS NULL "
        "AND p.merged_into IS NULL AND EXISTS (SELECT FROM affiliation a JOIN customer c ON c.id = a.customer WHERE a.person = p.id "
        "AND c.deleted_at IS NULL AND c.restricted_at IS NULL)) d",
        today,
    )  # fmt: skip
    assert row is not None
    return row


async def last_run() -> Row | None:
    return await fetch_one(
        "SELECT r.id, r.status, r.done, r.written, cardinality(r.persons) AS total, r.requested_at, r.finished_at, u.name AS who "
        "FROM notice_run r LEFT JOIN staff u ON u.id = r.requested_by ORDER BY r.id DESC LIMIT 1"
    )


async def texts(code: str) -> tuple[str, str, int]:
    """Subject and text of the notice in a language, and the version of the officer's own text (0: the proposal holds)."""
    own = await fetch_one("SELECT subject, text, version FROM notice_text WHERE language = $1", code)
    if own is not None:
        return own.subject, own.text, own.version
    with speaking(code):
        facts = await notice_facts()
        return subject(facts), proposal(facts), 0


async def purposes_in_use() -> list[Row]:
    """The purposes for which data of people outside the house are processed."""
    return await fetch(f"SELECT * FROM purpose p WHERE {IN_USE} ORDER BY position, code")


async def attributes_of_people() -> list[Row]:
    """What is kept of people beyond the master data, special categories too: Art. 14 (1) d and Art. 30 (1) c name them all."""
    return await fetch(
        f"SELECT purpose, name_de, name_en, retention, retention_unit FROM attribute a WHERE {OF_PEOPLE} ORDER BY position, id"
    )


async def notice_facts() -> NoticeFacts:
    """What the configuration says, in the language of the moment."""
    about, told = await company(), await particulars()
    purposes, attributes = await purposes_in_use(), await attributes_of_people()
    recipients = [_("our mail provider, on our behalf (GDPR Art. 28)"), *told.recipients.splitlines()]
    return NoticeFacts(
        company=about.name, contact=told.controller_contact or about.imprint, representative=told.representative,
        officer="\n".join(one for one in (told.officer_name, told.officer_contact) if one),
        purposes=[f"{local_name(row)}: {_(BASES[LegalBasis(row.legal_basis)])}" for row in purposes],
        interests=any(row.legal_basis == LegalBasis.LEGITIMATE_INTEREST for row in purposes),
        categories=[*(_(one) for one in CATEGORIES), *(local_name(row) for row in attributes)],
        recipients=recipients, third_countries=told.third_countries, authority=told.authority,
        retention=retention_lines(purposes),
    )  # fmt: skip


def retention_lines(purposes: list[Row]) -> list[str]:
    """How long data are kept, as the purposes and the duties say."""
    lines = [
        f"{local_name(row)}: "
        + ngettext("one month", "%(num)s months", row.retention_months) % {"num": row.retention_months}
        for row in purposes
        if row.retention_months
    ]
    return [
        *lines,
        _("business letters 6 years, vouchers 8 years (HGB § 257, AO § 147)"),
        _("everything else until its purpose has ended"),
    ]
