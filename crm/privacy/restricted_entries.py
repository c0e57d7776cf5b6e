"""Which entries of the audit trail are about somebody whose processing is restricted (GDPR Art. 18): their values are for officers."""

from __future__ import annotations

from collections.abc import Sequence

from crm.accounts.queries import AuditLine
from crm.database import fetch, fetch_one
from crm.personal import SUBJECT, declared
from crm.privacy.subject import subject_of_all

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
    needles = [each.lower() for each in (*everybody.needles.names, *addresses) if each]
    named = {line.id for line in lines if line.fields and _names_one(str(dict(line.fields)).lower(), needles)}
    return {each.id for each in found} | named


def _names_one(values: str, needles: Sequence[str]) -> bool:
    return any(each in values for each in needles)
