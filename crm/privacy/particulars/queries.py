"""Reading the particulars."""

from __future__ import annotations

from crm.database import Row, fetch_one


async def particulars() -> Row:
    """The one row; every text may be empty."""
    row = await fetch_one(
        "SELECT controller_contact, representative, officer_name, officer_contact, authority, recipients, third_countries, measures, "
        "log_months, changed_at, version FROM privacy_particulars"
    )
    if row is None:
        raise RuntimeError("crm migrate has not been run: the row of privacy_particulars is missing")
    return row
