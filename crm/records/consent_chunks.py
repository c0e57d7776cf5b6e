"""Writes old consents, each through the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from crm.accounts.company import signing_secret
from crm.consents.chain import address_key
from crm.consents.recording import Entry, Refused, record_events
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.database import fetch
from crm.records.chunks import Line
from crm.records.other_chunks import OtherChunks, refused
from crm.records.parsing import Parsed
from crm.records.tables import Outcome
from crm.records.whose import Whose


class ConsentChunks(OtherChunks):
    """Old consents, each through the ledger, with the source "import". A consent for advertising by e-mail that was imported
    waits for its confirmation, unless the file also has the confirmation."""

    async def put(self, todo: list[tuple[Parsed, Whose]]) -> list[Line]:
        lines = []
        problems = await _consent_problems(todo, self.now)
        lines += [refused(row, problems[row.line]) for row, _whose in todo if row.line in problems]
        good = [(row, whose) for row, whose in todo if row.line not in problems]
        results: list[int | Refused | None] = [None] * len(good)
        if good and not self.is_trial:
            entries = [self._entry(row.values, whose) for row, whose in good]
            results = [*await record_events(entries, by=self.run.requested_by, now=self.now)]
        for (row, whose), result in zip(good, results, strict=True):
            if isinstance(result, Mapping):
                errors = {language: {"": refusal.sentence} for language, refusal in result.items()}
                lines.append(Line(row.line, Outcome.WRONG, row.label, detail={"errors": errors}, cells=row.cells))
            else:
                of = (whose.customer_id, whose.person_id, result, row.fingerprint)
                lines.append(Line(row.line, Outcome.CREATED, row.label, "", *of))
        return lines

    def _entry(self, said: Mapping[str, Any], whose: Whose) -> Entry:
        return Entry(
            whose.person_id or None, None if whose.person_id else said["person_email"], said["purpose"], said["channel"],
            ConsentEventKind(said["event"]), ConsentSource.IMPORT, said["at"] or self.now, said["wording_version"],
            {"evidence": said["evidence"], "file": self.run.file_name[:200]},
        )  # fmt: skip


async def _consent_problems(todo: Sequence[tuple[Parsed, Whose]], now: datetime) -> dict[int, str]:
    """What the ledger would refuse, found out before anything is written: an exception would undo the whole chunk."""
    rows = await fetch(
        "SELECT p.code, p.channels, p.needs_confirmation, p.retired_at, coalesce((SELECT array_agg(w.version) FROM wording w WHERE w.purpose = p.id), '{}') "  # noqa: E501
        "AS versions FROM purpose p"
    )
    known = {row.code: row for row in rows}
    waiting = await _waiting(todo)
    found = {}
    for row, whose in todo:
        said, purpose = row.values, known.get(row.values["purpose"])
        is_no = said["event"] in ("refused", "withdrawn", "objected", "expired")
        if purpose is None or (purpose.retired_at is not None and said["event"] in ("given", "confirmed")):
            found[row.line] = "no_purpose"
        elif not is_no and said["channel"] not in purpose.channels.split(","):
            found[row.line] = "no_such_channel"
        elif said["event"] == "given" and said["wording_version"] not in purpose.versions:
            found[row.line] = "no_wording"
        elif said["event"] in ("confirmed", "expired") and row.line not in waiting:
            found[row.line] = "nothing_to_confirm"
        elif said["at"] > now:
            found[row.line] = "in_the_future"
        elif whose.person_id is None and not said["person_email"]:
            found[row.line] = "no_person"
    return found


_LAST = """
    SELECT DISTINCT ON (k.line) k.line, v.event
    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
        AS k(line, person, address_key, purpose, channel, at)
    JOIN consent_event v ON (v.person_id = k.person OR v.address_key = k.address_key)
        AND v.purpose = k.purpose AND v.channel = k.channel AND v.at <= k.at
    ORDER BY k.line, v.at DESC, v.id DESC
"""


async def _waiting(todo: Sequence[tuple[Parsed, Whose]]) -> set[int]:
    """The lines that could confirm, or let run out, what was given before: in the ledger, or earlier in the same rows."""
    asked = [(row, whose) for row, whose in todo if row.values["event"] in ("confirmed", "expired")]
    if not asked:
        return set()
    secret = await signing_secret()
    given: dict[tuple[object, ...], list[tuple[int, datetime]]] = defaultdict(list)
    for row, whose in todo:
        if row.values["event"] == "given":
            given[_subject(row, whose, secret)].append((row.line, row.values["at"]))
    subjects = [_subject(row, whose, secret) for row, whose in asked]
    found = {
        row.line
        for (row, _whose), subject in zip(asked, subjects, strict=True)
        if any(line < row.line and at <= row.values["at"] for line, at in given[subject])
    }
    rows = [row for row, _whose in asked]
    last = await fetch(
        _LAST, [row.line for row in rows], *map(list, zip(*subjects, strict=True)), [row.values["at"] for row in rows]
    )
    return found | {row.line for row in last if row.event in ("given", "confirmed")}


def _subject(row: Parsed, whose: Whose, secret: bytes) -> tuple[int | None, str | None, str, str]:
    """Whose consent it is, a person's or that of an address (as the ledger keeps it), to what, and by which channel."""
    key = None if whose.person_id else address_key(secret, row.values["person_email"])
    return whose.person_id, key, row.values["purpose"], row.values["channel"]
