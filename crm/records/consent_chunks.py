"""Writes old consents, each through the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from crm.consents.actions import record_event
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.database import fetch
from crm.errors import Problem
from crm.records.chunks import Line
from crm.records.other_chunks import OtherChunks, refused
from crm.records.parsing import Parsed
from crm.records.tables import Outcome
from crm.records.whose import Whose
from crm.web.i18n import LANGUAGES


class ConsentChunks(OtherChunks):
    """Old consents, each through the ledger, with the source "import". A consent for advertising by e-mail that was imported
    waits for its confirmation, unless the file also has the confirmation."""

    async def put(self, todo: list[tuple[Parsed, Whose]]) -> list[Line]:
        lines = []
        problems = await _consent_problems(todo, self.now)
        for row, whose in todo:
            if code := problems.get(row.line, ""):
                lines.append(refused(row, code))
                continue
            try:
                number = None if self.is_trial else await self._record(row.values, whose)
            except Problem as problem:  # raised before anything of this row was written
                errors = {language: {"": problem.sentence} for language in LANGUAGES}
                lines.append(Line(row.line, Outcome.WRONG, row.label, detail={"errors": errors}, cells=row.cells))
                continue
            lines.append(
                Line(
                    row.line,
                    Outcome.CREATED,
                    row.label,
                    "",
                    whose.customer_id,
                    whose.person_id,
                    number,
                    row.fingerprint,
                )
            )
        return lines

    async def _record(self, said: Mapping[str, Any], whose: Whose) -> int:
        subject: dict[str, Any] = (
            {"person_id": whose.person_id} if whose.person_id else {"address": said["person_email"]}
        )
        return await record_event(
            **subject, purpose=said["purpose"], channel=said["channel"], event=ConsentEventKind(said["event"]), source=ConsentSource.IMPORT,
            wording_version=said["wording_version"], by=self.run.requested_by, now=self.now, at=said["at"],
            evidence={"evidence": said["evidence"], "file": self.run.file_name[:200]},
        )  # fmt: skip


async def _consent_problems(todo: Sequence[tuple[Parsed, Whose]], now: datetime) -> dict[int, str]:
    """What the ledger would refuse, found out before anything is written: an exception would undo the whole chunk."""
    rows = await fetch(
        "SELECT p.code, p.channels, p.needs_confirmation, coalesce((SELECT array_agg(w.version) FROM wording w WHERE w.purpose = p.id), '{}') "  # noqa: E501
        "AS versions FROM purpose p"
    )
    known = {row.code: row for row in rows}
    found = {}
    for row, whose in todo:
        said, purpose = row.values, known.get(row.values["purpose"])
        is_no = said["event"] in ("refused", "withdrawn", "objected", "expired")
        if purpose is None:
            found[row.line] = "no_purpose"
        elif not is_no and said["channel"] not in purpose.channels.split(","):
            found[row.line] = "no_such_channel"
        elif said["event"] == "given" and said["wording_version"] not in purpose.versions:
            found[row.line] = "no_wording"
        elif said["event"] in ("confirmed", "expired") and not await _waits(row, whose, todo):
            found[row.line] = "nothing_to_confirm"
        elif said["at"] > now:
            found[row.line] = "in_the_future"
        elif whose.person_id is None and not said["person_email"]:
            found[row.line] = "no_person"
    return found


async def _waits(row: Parsed, whose: Whose, todo: Sequence[tuple[Parsed, Whose]]) -> bool:
    """Whether something that was given before could be confirmed or run out: in the ledger, or earlier in the same rows."""
    said = row.values

    def is_same(other: Parsed, theirs: Whose) -> bool:
        return (
            other.line < row.line and other.values["event"] == "given" and theirs.person_id == whose.person_id
            and other.values["purpose"] == said["purpose"] and other.values["channel"] == said["channel"]
            and other.values["at"] <= said["at"]
        )  # fmt: skip

    if any(is_same(other, theirs) for other, theirs in todo):
        return True
    last = await fetch(
        "SELECT event FROM consent_event WHERE person_id = $1 AND purpose = $2 AND channel = $3 AND at <= $4 ORDER BY at DESC, id DESC LIMIT 1",  # noqa: E501
        whose.person_id, said["purpose"], said["channel"], said["at"],
    )  # fmt: skip
    return bool(last) and last[0].event in ("given", "confirmed")
