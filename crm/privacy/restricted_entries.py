"""Which entries of the audit trail are about somebody whose processing is restricted (GDPR Art. 18): their values are for officers."""

from __future__ import annotations

from collections.abc import Sequence

from crm.accounts.queries import AuditLine
from crm.database import fetch, fetch_one
from crm.personal import SUBJECT, declared
from crm.privacy.erasure.mentions import mentions, pattern
from crm.privacy.subject import Needles, subject_of_all

# A private customer is restricted with their person and the other way round, even where only one of the two says so.
_RESTRICTED = """
    SELECT ARRAY(SELECT id FROM customer WHERE restricted_at IS NOT NULL) AS customers,
        ARRAY(SELECT id FROM person WHERE restricted_at IS NOT NULL
            UNION SELECT a.person FROM customer c JOIN affiliation a ON a.customer = c.id AND a.is_self
            WHERE c.restricted_at IS NOT NULL) AS persons
"""


async def restricted_entries(lines: Sequence[AuditLine]) -> set[int]:
    """The ids of those among these entries that are about a restricted person or customer, by the register, or that name one in their
    values. One statement where nobody is restricted, three otherwise."""
    row = await fetch_one(_RESTRICTED)
    if row is None or not (lines and (row.persons or row.customers)):
        return set()
    everybody = await subject_of_all(row.persons, row.customers)
    persons, private, addresses = everybody.parameters
    found = await fetch(
        f"{SUBJECT} SELECT t.id FROM audit_entry t LEFT JOIN audit_payload v ON v.id = t.payload_id WHERE t.id = ANY($4) "
        f"AND (({declared('audit_entry').about}) OR v.fields->'customer_id' IN (SELECT to_jsonb(c) FROM unnest($2::bigint[]) c))",
        persons, sorted({*private, *row.customers}), addresses, [line.id for line in lines],
    )  # fmt: skip
    return {each.id for each in found} | _naming(lines, everybody.needles, addresses)


def _naming(lines: Sequence[AuditLine], needles: Needles, addresses: Sequence[str]) -> set[int]:
    """The entries whose values hold a whole name or an address; in the words of a search (an export, a saved view), the family name is
    enough."""
    whole = [each.lower() for each in (*needles.names, *addresses) if each]
    expression = pattern(needles)

    def names_one(line: AuditLine) -> bool:
        values = str(dict(line.fields or {})).lower()
        return any(each in values for each in whole) or bool(expression and mentions(_searched_for(line), expression))

    return {line.id for line in lines if line.fields and names_one(line)}


def _searched_for(line: AuditLine) -> str:
    return " ".join(str(value) for name, value in (line.fields or {}).items() if name in ("selection", "query"))
