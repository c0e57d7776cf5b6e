"""Writes old contacts and consents to the customers whose they are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from crm.accounts.audit import record_each
from crm.consents.actions import record_event
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.customers.figures import contact_due_sql
from crm.customers.timeline import EXCERPT
from crm.database import Row, copy_rows, execute, fetch
from crm.errors import Problem
from crm.interactions.actions import PERSONAL
from crm.records.chunks import Chunks, Line, wrong
from crm.records.parsing import Parsed
from crm.records.sentences import reason_sentence
from crm.records.tables import Outcome, RunStatus
from crm.records.targets import ImportKind
from crm.web.i18n import LANGUAGES, speaking

_WHOSE = """
    SELECT c.id, c.external_id, c.number, c.restricted_at IS NOT NULL OR coalesce(p.restricted_at IS NOT NULL, false) AS is_restricted,
        p.id AS person_id
    FROM customer c LEFT JOIN affiliation f ON f.customer = c.id AND f.is_self LEFT JOIN person p ON p.id = f.person
    WHERE (c.external_id = ANY($1) OR c.number = ANY($2)) AND c.deleted_at IS NULL
"""
_WHOSE_PERSON = """
    SELECT p.external_id, c.id, p.id AS person_id, c.restricted_at IS NOT NULL OR p.restricted_at IS NOT NULL AS is_restricted
    FROM person p JOIN affiliation a ON a.person = p.id JOIN customer c ON c.id = a.customer
    WHERE p.external_id = ANY($1) AND c.deleted_at IS NULL ORDER BY a.is_self DESC, a.id
"""
_WHOSE_MAIL = """
    SELECT lower(e.address) AS address, c.id, e.person AS person_id,
        c.restricted_at IS NOT NULL OR coalesce(p.restricted_at IS NOT NULL, false) AS is_restricted
    FROM email_address e LEFT JOIN affiliation a ON a.person = e.person LEFT JOIN person p ON p.id = e.person
    JOIN customer c ON c.id = coalesce(e.customer, a.customer)
    WHERE lower(e.address) = ANY($1) AND c.deleted_at IS NULL ORDER BY e.position, e.id, a.is_self DESC, a.id
"""


@dataclass(frozen=True, slots=True)
class _Whose:
    customer_id: int
    person_id: int | None
    is_restricted: bool


async def other_chunks(run: Row, now: datetime) -> Chunks:
    """Who writes an import of this kind."""
    match ImportKind(run.kind):
        case ImportKind.INTERACTIONS:
            return InteractionChunks(run, now)
        case ImportKind.CONSENTS:
            return ConsentChunks(run, now)
        case _:
            raise AssertionError(run.kind)


class OtherChunks(ABC):
    """What they have in common: whose a row is, and whether it was imported before."""

    def __init__(self, run: Row, now: datetime) -> None:
        self.run, self.now = run, now
        self.is_trial = run.status == RunStatus.CHECKING
        self.seen: set[int] = set()
        self._new: set[int] = set()

    async def write(self, rows: list[Parsed]) -> list[Line]:
        good = [row for row in rows if not row.errors]
        whose = await _look_up(good)
        before = await self._imported_before(good)
        self._new = set()
        lines = {row.line: wrong(row) for row in rows if row.errors}
        todo: list[tuple[Parsed, _Whose]] = []
        for row in good:
            found = _of(row, whose)
            if found is None:
                lines[row.line] = _refused(row, "no_customer")
            elif found.is_restricted:
                lines[row.line] = Line(row.line, Outcome.SKIPPED, row.label, "restricted")
            elif row.fingerprint in before or row.fingerprint in self.seen or row.fingerprint in self._new:
                lines[row.line] = Line(row.line, Outcome.SKIPPED, row.label, "same_row", found.customer_id)
            else:
                self._new.add(row.fingerprint)
                todo.append((row, found))
        for line in await self.put(todo):
            lines[line.number] = line
        return [lines[row.line] for row in rows]

    def written(self) -> None:
        self.seen |= self._new

    async def finish(self) -> None:  # noqa: B027  # most kinds have nothing to do here
        """Nothing concerns the rows together."""

    @abstractmethod
    async def put(self, todo: list[tuple[Parsed, _Whose]]) -> list[Line]:
        """Write these rows of people who are known, and answer a line for each."""

    async def _imported_before(self, rows: Sequence[Parsed]) -> set[int]:
        found = await fetch(
            "SELECT r.fingerprint FROM import_row r JOIN import_run n ON n.id = r.run WHERE r.fingerprint = ANY($1) AND NOT r.is_trial "
            "AND r.outcome = 'created' AND n.kind = $2 AND r.record IS NOT NULL",
            [row.fingerprint for row in rows], self.run.kind,
        )  # fmt: skip
        return {row.fingerprint for row in found}


def _refused(row: Parsed, code: str) -> Line:
    """A row that is in order by itself, but does not fit what is there."""
    errors = {}
    for language in LANGUAGES:
        with speaking(language):
            errors[language] = {"": reason_sentence(code)}
    return Line(row.line, Outcome.WRONG, row.label, code, detail={"errors": errors}, cells=row.cells)


async def _look_up(rows: Sequence[Parsed]) -> dict[tuple[str, str], _Whose]:
    externals = list({row.values["customer_external_id"] for row in rows} - {""})
    numbers = list({row.values["customer_number"] for row in rows} - {""})
    mails = list({row.values["person_email"] for row in rows} - {""})
    found: dict[tuple[str, str], _Whose] = {}
    for row in await fetch(_WHOSE, externals, [*numbers, *externals]):
        one = _Whose(row.id, row.person_id, row.is_restricted)
        found.setdefault(("number", row.number), one)
        if row.external_id:
            found[("external", row.external_id)] = one
    for row in await fetch(_WHOSE_PERSON, externals) if externals else []:
        found.setdefault(("external", row.external_id), _Whose(row.id, row.person_id, row.is_restricted))
    for row in await fetch(_WHOSE_MAIL, mails) if mails else []:
        found.setdefault(("mail", row.address), _Whose(row.id, row.person_id, row.is_restricted))
    return found


def _of(row: Parsed, whose: Mapping[tuple[str, str], _Whose]) -> _Whose | None:
    """By external number, by customer number (which may stand in the same column), by e-mail. The person of an e-mail
    address counts if it belongs to that customer."""
    said = row.values
    customer = (
        whose.get(("external", said["customer_external_id"])) or whose.get(("number", said["customer_number"]))
        or whose.get(("number", said["customer_external_id"].upper()))
    )  # fmt: skip
    by_mail = whose.get(("mail", said["person_email"]))
    if customer is None:
        given = said["customer_external_id"] or said["customer_number"]
        return by_mail if not given else None
    if by_mail is not None and by_mail.customer_id == customer.customer_id and customer.person_id is None:
        return by_mail
    return customer


class InteractionChunks(OtherChunks):
    """Old contacts: rows, lines of the history and figures, all by set."""

    async def put(self, todo: list[tuple[Parsed, _Whose]]) -> list[Line]:
        places = {r.code: r for r in await fetch("SELECT id, code, phase, is_moment_of_truth FROM touchpoint")}
        lines, good = [], []
        for row, whose in todo:
            code = row.values["touchpoint"]
            if code and code not in places:
                lines.append(_refused(row, "no_touchpoint"))
            elif row.values["at"] > self.now:
                lines.append(_refused(row, "in_the_future"))
            else:
                good.append((row, whose))
        ids = [0] * len(good) if self.is_trial else await self._write(good, places)
        for (row, whose), number in zip(good, ids, strict=True):
            lines.append(
                Line(
                    row.line,
                    Outcome.CREATED,
                    row.label,
                    "",
                    whose.customer_id,
                    whose.person_id,
                    number or None,
                    row.fingerprint,
                )
            )
        return lines

    async def _write(self, good: list[tuple[Parsed, _Whose]], places: Mapping[str, Row]) -> list[int]:
        if not good:
            return []
        ids = [
            r.id
            for r in await fetch("SELECT nextval('interaction_id_seq') AS id FROM generate_series(1, $1)", len(good))
        ]
        rows, entries = [], []
        for (row, whose), number in zip(good, ids, strict=True):
            said, place = row.values, places.get(row.values["touchpoint"])
            moment = bool(place and place.is_moment_of_truth)
            by = said["by"] or self.run.requested_by
            rows.append((
                number, whose.customer_id, whose.person_id, said["channel"], said["direction"], place.id if place else None,
                place.phase if place else None, said["text"], said["impression"], moment, said["minutes"], said["at"], by,
            ))  # fmt: skip
            detail = {
                "channel": said["channel"], "direction": said["direction"], "touchpoint": said["touchpoint"],
                "impression": said["impression"], "minutes": said["minutes"], "moment_of_truth": moment,
            }  # fmt: skip
            told = {key: value for key, value in detail.items() if value not in (None, "", False)}
            entries.append((
                whose.customer_id, whose.person_id, "interaction", said["at"], number, "", said["text"][:EXCERPT], by,
                msgspec.json.encode(told).decode(),
            ))  # fmt: skip
        await copy_rows(
            "interaction",
            ("id", "customer", "person", "channel", "direction", "touchpoint", "phase", "text", "impression", "is_moment_of_truth",
             "minutes", "at", "by_user"), rows,
        )  # fmt: skip
        await copy_rows(
            "timeline_entry",
            ("customer", "person_id", "kind", "at", "ref_id", "title", "body", "by_user", "detail"),
            entries,
        )
        personal = [(w.customer_id, row.values["at"]) for row, w in good if row.values["channel"] in PERSONAL]
        await contacts_happened(personal)
        told_of = [(number, {"import": self.run.id}) for number in ids]
        await record_each("interaction.logged", "interaction", told_of, by=self.run.requested_by, now=self.now)
        return ids


async def contacts_happened(contacts: Sequence[tuple[int, datetime]]) -> None:
    """`contact_happened` (crm/customers/figures.py) for many at once: each counts, the latest resets the rhythm."""
    if not contacts:
        return
    await execute(
        "UPDATE customer_figures f SET interactions = f.interactions + x.n, last_contact_at = greatest(f.last_contact_at, x.at), "
        f"contact_due_at = {contact_due_sql('greatest(f.last_contact_at, x.at)')} "
        "FROM (SELECT customer, max(at) AS at, count(*)::int AS n FROM unnest($1::bigint[], $2::timestamptz[]) AS u(customer, at) "
        "GROUP BY customer) x JOIN customer c ON c.id = x.customer JOIN service_level s ON s.id = c.service_level "
        "WHERE f.customer = x.customer",
        [customer for customer, _at in contacts], [at for _customer, at in contacts],
    )  # fmt: skip


class ConsentChunks(OtherChunks):
    """Old consents, each through the ledger, with the source "import". A consent for advertising by e-mail that was imported
    waits for its confirmation, unless the file also has the confirmation."""

    async def put(self, todo: list[tuple[Parsed, _Whose]]) -> list[Line]:
        lines = []
        problems = await _consent_problems(todo, self.now)
        for row, whose in todo:
            if code := problems.get(row.line, ""):
                lines.append(_refused(row, code))
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

    async def _record(self, said: Mapping[str, Any], whose: _Whose) -> int:
        subject: dict[str, Any] = (
            {"person_id": whose.person_id} if whose.person_id else {"address": said["person_email"]}
        )
        return await record_event(
            **subject, purpose=said["purpose"], channel=said["channel"], event=ConsentEventKind(said["event"]), source=ConsentSource.IMPORT,
            wording_version=said["wording_version"], by=self.run.requested_by, now=self.now, at=said["at"],
            evidence={"evidence": said["evidence"], "file": self.run.file_name[:200]},
        )  # fmt: skip


async def _consent_problems(todo: Sequence[tuple[Parsed, _Whose]], now: datetime) -> dict[int, str]:
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


async def _waits(row: Parsed, whose: _Whose, todo: Sequence[tuple[Parsed, _Whose]]) -> bool:
    """Whether something that was given before could be confirmed or run out: in the ledger, or earlier in the same rows."""
    said = row.values

    def is_same(other: Parsed, theirs: _Whose) -> bool:
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
