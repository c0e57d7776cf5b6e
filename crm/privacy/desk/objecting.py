"""Objection (GDPR Art. 21) and human review of what was computed (Art. 22 (3)), carried out where the rules live."""

from __future__ import annotations

from datetime import datetime

from crm.consents.actions import record_event
from crm.consents.gate import permission_for
from crm.consents.tables import PROCESSING, ConsentEventKind, ConsentSource
from crm.database import Row, execute, fetch, transaction
from crm.errors import Invalid, RuleBroken
from crm.privacy.desk.handling import take_request, under_way, write_step
from crm.privacy.desk.words import OUTCOMES
from crm.profiles.reviewing import ask_review
from crm.web.i18n import _

AGAINST = ("advertising", "profiling", "interest")
_PROFILING = "profiling"

_SOURCES = {"page": ConsentSource.PREFERENCE_PAGE}


async def record_objection(request_id: int, against: str, *, version: int | None = None, by: int, now: datetime) -> int:
    """Write the objection to the ledger, and answer for how many purposes and channels it holds now.

    advertising: all purposes that are advertising, on all their channels, without any weighing (Art. 21 (2), (3)). profiling: scores
    and attributes that rest on it end at once. interest: whatever rests on legitimate interest, until the officer has weighed
    (Art. 21 (1)), with advertising by letter and to existing customers, for which nobody gave a consent. Raises RuleBroken where nobody
    and no address is known, Invalid for anything else.
    """
    if against not in AGAINST:
        raise Invalid({"against": _("Please choose one of the options.")})
    async with transaction():
        row = await take_request(request_id, version)
        if row.person is None and "@" not in row.requester_address:
            raise RuleBroken(_("Say first whom the request is about."))
        pairs = await _concerned(against, with_person=row.person is not None)
        if against == "interest":
            pairs += await _advertising_without_consent(row, now)
        for purpose, channel in pairs:
            await record_event(
                person_id=row.person, address=None if row.person else row.requester_address, purpose=purpose, channel=channel,
                event=ConsentEventKind.OBJECTED, source=_SOURCES.get(row.source, ConsentSource.OTHER), by=by, now=now,
                at=row.received_at, evidence={"request": str(request_id)},
            )  # fmt: skip
        if against == "profiling" and row.person is not None:
            await _forget_scores(row.person)
        await write_step(
            request_id, "objected", by=by, now=now, detail={"against": against}, against=against, status=under_way(row)
        )
        return len(pairs)


async def weigh_objection(
    request_id: int, outcome: str, grounds: str, *, version: int | None = None, by: int, now: datetime
) -> None:
    """The officer's weighing of an objection to legitimate interest: heeded, or compelling grounds prevail, with the reasons
    (Art. 21 (1)). Against advertising there is nothing to weigh. Raises Invalid and RuleBroken."""
    errors = {}
    if outcome not in OUTCOMES:
        errors["outcome"] = _("Please choose one of the options.")
    if not grounds.strip():
        errors["grounds"] = _("Write down what was weighed against what.")
    if errors:
        raise Invalid(errors)
    async with transaction():
        row = await take_request(request_id, version)
        if row.against == "advertising":
            raise RuleBroken(
                _("An objection to direct advertising always holds: there is nothing to weigh (GDPR Art. 21 (3)).")
            )
        await write_step(
            request_id,
            "weighed",
            by=by,
            now=now,
            note=grounds,
            detail={"outcome": outcome},
            weighing=grounds,
            status=under_way(row),
        )


async def ask_for_review(request_id: int, *, version: int | None = None, by: int, now: datetime) -> None:
    """Whoever decides on customer values is asked to look at this one (Art. 22 (3)). Raises RuleBroken where there is no class."""
    async with transaction():
        row = await take_request(request_id, version)
        if row.customer is None:
            raise RuleBroken(_("Say first whom the request is about."))
        await ask_review(row.customer, row.text[:2000], by=by, now=now)
        await write_step(request_id, "review", by=by, now=now, status=under_way(row))


async def _concerned(against: str, *, with_person: bool) -> list[tuple[str, str]]:
    """Purposes and channels that the objection is to; an address alone is a way to be written to, nothing else."""
    if against == "profiling":
        return [(_PROFILING, PROCESSING)]
    where = "is_advertising" if against == "advertising" else "legal_basis = 'legitimate_interest'"
    purposes = await fetch(f"SELECT code, channels FROM purpose WHERE {where} ORDER BY position, id")
    pairs = [(one.code, channel) for one in purposes for channel in one.channels.split(",")]
    return [pair for pair in pairs if with_person or pair[1] == "email"]


async def _advertising_without_consent(row: Row, now: datetime) -> list[tuple[str, str]]:
    """Letters and e-mails of purposes that rest on consent go out on legitimate interest as well (recital 47, UWG § 7 (3))."""
    address = None if row.person else row.requester_address
    pairs = []
    for one in await fetch(
        "SELECT code, channels FROM purpose WHERE is_advertising AND legal_basis = 'consent' ORDER BY position, id"
    ):
        for channel in one.channels.split(","):
            if channel == "email" or (channel == "letter" and row.person is not None):
                found = await permission_for(
                    person_id=row.person, address=address, purpose=one.code, channel=channel, now=now
                )
                if found.code not in ("consent_given", "consent_pending"):
                    pairs.append((one.code, channel))
    return pairs


async def _forget_scores(person_id: int) -> None:
    """Of private customers who are this person, where it is no longer allowed to compute one."""
    for table in ("customer_score", "score_change"):
        await execute(
            f"DELETE FROM {table} s USING affiliation f WHERE f.customer = s.customer AND f.is_self AND f.person = $1 "
            "AND NOT profiling_is_allowed($1)",
            person_id,
        )  # fmt: skip
