"""How fresh master data are: when they were last checked, and what is missing for this kind of customer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from crm.customers.tables import CustomerKind, CustomerStatus

STALE_AFTER_DAYS = 365
"""After a year without a look at them master data count as unchecked."""

_PROSPECT = ("reach", "origin_code", "owner_id")
_CUSTOMER = (*_PROSPECT, "addresses", "brief")
NEEDED = {
    (CustomerKind.ORGANISATION, CustomerStatus.PROSPECT): (*_PROSPECT, "persons"),
    (CustomerKind.ORGANISATION, CustomerStatus.CUSTOMER): (*_CUSTOMER, "persons", "vat_id"),
    (CustomerKind.PERSON, CustomerStatus.PROSPECT): _PROSPECT,
    (CustomerKind.PERSON, CustomerStatus.CUSTOMER): _CUSTOMER,
}
"""What one should know, and no more (data minimisation): of a prospect a way to reach them; of a customer where they are;
of a company that buys also the VAT ID for its invoices. Of a former customer nothing more is collected."""


@dataclass(frozen=True, slots=True)
class Check:
    """`missing`: fields in the order in which one would ask for them; `reach` is any e-mail address or telephone number."""

    checked_on: date | None
    missing: tuple[str, ...]
    is_stale: bool


def check_of(kind: str, status: str, filled: Collection[str], checked_on: date | None, today: date) -> Check:
    """What is to be looked at: missing are the fields that this kind of customer needs and that are not among `filled`.
    Never checked, or not for a year, is stale; a former customer's data rest."""
    status = CustomerStatus(status)
    needed = NEEDED.get((CustomerKind(kind), status), ())
    missing = tuple(field for field in needed if field not in filled)
    is_old = checked_on is None or (today - checked_on).days > STALE_AFTER_DAYS
    return Check(checked_on, missing, is_old and status is not CustomerStatus.FORMER)
