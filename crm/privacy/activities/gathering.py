"""The record of processing activities (GDPR Art. 30), gathered from what the program is set up to do. Everything is put into words in
the language of the moment, so that screen and paper say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from crm.accounts.backups import LAST_BACKUP
from crm.accounts.company import company
from crm.accounts.permissions import Role
from crm.accounts.words import role_name
from crm.consents.sentences import BASES
from crm.consents.tables import LegalBasis
from crm.database import Row, fetch, fetch_one
from crm.personal import register
from crm.privacy.access.information import kept_for, periods_in_force
from crm.privacy.informing.queries import CATEGORIES, IN_USE, OF_PEOPLE
from crm.privacy.informing.wording import named
from crm.privacy.particulars.queries import particulars
from crm.records.export_words import RECIPIENTS
from crm.text import fold
from crm.web.formats import clock, short_date
from crm.web.i18n import N_, _, language, local_name, ngettext, word

PEOPLE = N_("customers who are private persons, people at companies, prospects")


_FACTS = f"""
    SELECT ARRAY(SELECT DISTINCT recipient FROM export_run WHERE status IN ('ready', 'expired') AND recipient_kind = 'external'
            ORDER BY 1) AS receivers,
        ARRAY(SELECT DISTINCT host FROM letter_box WHERE host <> '' ORDER BY 1) AS hosts,
        count(*) AS staff, count(*) FILTER (WHERE totp_confirmed_at IS NOT NULL) AS second,
        (SELECT at FROM ledger_check ORDER BY id DESC LIMIT 1) AS verified_at, {LAST_BACKUP} AS backed_up_at
    FROM staff WHERE deactivated_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity with what Art. 30 (1) b to f asks for; `articles` is its legal basis."""

    name: str
    articles: str
    people: str
    data: str
    recipients: str
    retention: str


@dataclass(frozen=True, slots=True)
class ProcessingRecord:
    """The whole record; pairs are (what, how it is)."""

    controller: Sequence[tuple[str, str]]
    activities: Sequence[Activity]
    kinds: Sequence[tuple[str, str]]
    recipients: Sequence[str]
    third_countries: str
    measures: Sequence[str]


async def processing_record(*, public_url: str) -> ProcessingRecord:
    """As it is now; five statements."""
    about, told, facts = await company(), await particulars(), await fetch_one(_FACTS)
    assert facts is not None
    typed = [line.strip() for line in told.recipients.splitlines() if line.strip()]
    recipients = [*typed, *(one for one in _recipients(about.smtp_host, facts) if not _is_among(one, typed))]
    return ProcessingRecord(
        controller=[
            (_("Controller"), named(about.name, told.controller_contact or about.imprint).strip()),
            (_("Management or representative"), told.representative),
            (_("Officer for data protection"), "\n".join(one for one in (told.officer_name, told.officer_contact) if one)),
            (_("Supervisory authority"), told.authority),
        ],
        activities=[*await _activities(recipients), _staff(told.log_months)],
        kinds=await _kinds(), recipients=recipients, third_countries=told.third_countries or _("None."),
        measures=_measures(public_url, told.measures, facts),
    )  # fmt: skip


async def _activities(recipients: Sequence[str]) -> list[Activity]:
    rows = await fetch(
        "SELECT p.code, p.name_de, p.name_en, p.legal_basis, p.retention_months, a.id AS attribute, a.name_de AS attribute_de, "
        "a.name_en AS attribute_en, a.retention, a.retention_unit FROM purpose p LEFT JOIN attribute a ON a.purpose = p.code "
        f"AND {OF_PEOPLE} WHERE {IN_USE} ORDER BY p.position, p.code, a.position, a.id"
    )
    by_purpose = {code: list(group) for code, group in groupby(rows, key=lambda row: row.code)}
    return [
        Activity(
            local_name(found[0]), _(BASES[LegalBasis(found[0].legal_basis)]), _(PEOPLE),
            ", ".join([*(_(one) for one in CATEGORIES), *(_attribute(one) for one in found if one.attribute is not None)]),
            ", ".join(recipients) or "–", _retention(found),
        )
        for found in by_purpose.values()
    ]  # fmt: skip


def _attribute(row: Row) -> str:
    return str(row.attribute_de if language.get() == "de" else row.attribute_en)


def _retention(purpose: Sequence[Row]) -> str:
    """Of a purpose, which is in each of these rows with one of its attributes, if it has any."""
    months = purpose[0].retention_months
    lines = [_months(months) if months else _("until the purpose has ended")]
    for one in purpose:
        if one.attribute is None:
            continue
        n = one.retention
        days = ngettext("one day", "%(num)s days", n) % {"num": n}
        kept = _months(n) if one.retention_unit == "months" else days
        lines.append(f"{_attribute(one)}: {kept}")
    return "; ".join(lines)


def _months(number: int) -> str:
    return ngettext("one month", "%(num)s months", number) % {"num": number}


def _staff(log_months: int) -> Activity:
    return Activity(
        _("Accounts of staff, audit trail and access log"), _("Security of processing and proof, GDPR Art. 6 (1) c and f, Art. 32"),
        _("members of staff"), _("name, e-mail address, role, log-ins, what they changed and which records they looked at"), "–",
        _("audit trail: as long as what it proves; access log: %(time)s") % {"time": _months(log_months)},
    )  # fmt: skip


async def _kinds() -> list[tuple[str, str]]:
    """Every kind of data about people that is stored, with what becomes of it (the register of personal columns)."""
    found, periods = {}, await periods_in_force()
    for one in register():
        if one.about and one.heading:
            found[_(one.heading)] = kept_for(one, periods)
    return sorted(found.items())


def _is_among(name: str, typed: Sequence[str]) -> bool:
    """Whether a recipient of an export is listed already, with or without the place after the name."""
    known = {fold(part) for line in typed for part in (line, line.split(",")[0])}
    return fold(name) in known


def _recipients(smtp_host: str, facts: Row) -> list[str]:
    named = [one or word(RECIPIENTS, "external") for one in facts.receivers]
    if smtp_host:
        named.append(_("mail server %(host)s (processor, GDPR Art. 28)") % {"host": smtp_host})
    return named + [_("letter box at %(host)s (processor, GDPR Art. 28)") % {"host": host} for host in facts.hosts]


def _measures(public_url: str, further: str, facts: Row) -> list[str]:
    lines = [
        _("Every connection is encrypted (TLS).") if public_url.startswith("https://")
        else _("The connection is not encrypted: CRM_PUBLIC_URL does not begin with https."),
        _("Access by role, denied unless granted: %(roles)s.") % {"roles": ", ".join(role_name(role) for role in Role)},
        _("Passwords are stored as Argon2id hashes; %(second)s of %(staff)s accounts use a second factor.")
        % {"second": facts.second, "staff": facts.staff},
        _("The audit trail and the consent ledger cannot be changed; accesses to personal data are logged."),
        _("The consent ledger was last verified on %(day)s.") % {"day": short_date(facts.verified_at)} if facts.verified_at
        else _("The consent ledger has not been verified yet."),
        _("The last backup that this program made (crm backup) is of %(when)s.")
        % {"when": short_date(facts.backed_up_at) + ", " + clock(facts.backed_up_at)}
        if facts.backed_up_at else _("No backup that this program made (crm backup) is known."),
        _("Special categories (GDPR Art. 9) are shown to named roles only, and each reading is logged."),
        _("Restricted people are visible to the data protection officer only; an erasure needs two people."),
    ]  # fmt: skip
    return [*lines, *(line for line in further.splitlines() if line.strip())]
