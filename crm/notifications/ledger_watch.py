"""The nightly look at the consent ledger: if it does not fit together any more, the data protection officers are told."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.permissions import Role
from crm.accounts.queries import staff_of
from crm.consents.verification import verify_ledger
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind


async def watch_ledger(*, now: datetime) -> bool:
    """Verify the whole chain and tell every officer and administrator of a break, once for each event that does not fit.
    True if the ledger is whole."""
    found = await verify_ledger(by=None, now=now)
    if found.ok:
        return True
    for reader in await staff_of(Role.DPO, Role.ADMINISTRATOR):
        await notify(
            reader, Kind.LEDGER_BROKEN, detail={"number": found.first_broken}, link="/consents", now=now,
            dedupe_key=f"ledger {found.first_broken} {reader}",
        )  # fmt: skip
    return False
