"""Writes old contacts: rows, lines of the history and figures, all by set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from crm.accounts.audit import record_each
from crm.customers.figures import contact_due_sql
from crm.database import Row, copy_rows, draw_ids, execute, fetch
from crm.interactions.actions import PERSONAL
from crm.records.chunks import Line
from crm.records.other_chunks import OtherChunks, refused
from crm.records.parsing import Parsed
from crm.records.tables import Outcome
from crm.records.whose import Whose
from crm.reminders.alarming import is_bad_moment, is_fresh
from crm.reminders.alarms import contact_judged


class InteractionChunks(OtherChunks):
    """Old contacts: rows, lines of the history and figures, all by set."""

    async def put(self, todo: list[tuple[Parsed, Whose]]) -> list[Line]:
        places = {r.code: r for r in await fetch("SELECT id, code, phase, is_moment_of_truth FROM touchpoint")}
        reasons = await _reasons()
        lines, good = [], []
        for row, whose in todo:
            code = row.values["touchpoint"]
            if code and code not in places:
                lines.append(refused(row, "no_touchpoint"))
            elif row.values["reason"] and row.values["reason"].lower() not in reasons:
                lines.append(refused(row, "no_reason"))
            elif row.values["at"] > self.now:
                lines.append(refused(row, "in_the_future"))
            else:
                good.append((row, whose))
        ids = [0] * len(good) if self.is_trial else await self._write(good, places, reasons)
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

    async def _write(
        self, good: list[tuple[Parsed, Whose]], places: Mapping[str, Row], reasons: Mapping[str, Row]
    ) -> list[int]:
        if not good:
            return []
        ids = await draw_ids("interaction", len(good))
        rows, entries, bad = [], [], []
        for (row, whose), number in zip(good, ids, strict=True):
            said, place = row.values, places.get(row.values["touchpoint"])
            reason = reasons.get(said["reason"].lower())
            moment = bool(place and place.is_moment_of_truth) or bool(reason and reason.is_moment_of_truth)
            by = said["by"] or self.run.requested_by
            if is_bad_moment(said["impression"], moment) and is_fresh(said["at"], self.now):
                bad.append((whose.customer_id, number, said["impression"], said["at"]))
            rows.append((
                number, whose.customer_id, whose.person_id, said["channel"], said["direction"], place.id if place else None,
                place.phase if place else None, said["text"], said["impression"], moment, said["minutes"], said["at"], by,
                reason.id if reason else None,
            ))  # fmt: skip
            detail = {
                "channel": said["channel"], "direction": said["direction"], "touchpoint": said["touchpoint"],
                "impression": said["impression"], "minutes": said["minutes"], "moment_of_truth": moment,
                "reason": reason.code if reason else "",
            }  # fmt: skip
            told = {key: value for key, value in detail.items() if value not in (None, "", False)}
            entries.append((
                whose.customer_id, whose.person_id, "interaction", said["at"], number, "", said["text"], by,
                msgspec.json.encode(told).decode(),
            ))  # fmt: skip
        await copy_rows(
            "interaction",
            ("id", "customer", "person", "channel", "direction", "touchpoint", "phase", "text", "impression", "is_moment_of_truth",
             "minutes", "at", "by_user", "reason"), rows,
        )  # fmt: skip
        await copy_rows(
            "timeline_entry",
            ("customer", "person_id", "kind", "at", "ref_id", "title", "body", "by_user", "detail"),
            entries,
        )
        personal = [(w.customer_id, row.values["at"]) for row, w in good if row.values["channel"] in PERSONAL]
        await contacts_happened(personal)
        for customer_id, number, impression, at in bad:
            await contact_judged(
                customer_id,
                number,
                impression=impression,
                is_moment=True,
                at=at,
                by=self.run.requested_by,
                now=self.now,
            )
        told_of = [(number, {"import": self.run.id}) for number in ids]
        await record_each("interaction.logged", "interaction", told_of, by=self.run.requested_by, now=self.now)
        return ids


async def _reasons() -> dict[str, Row]:
    """The reasons for contact by their codes and by their names in both languages, in small letters."""
    rows = await fetch("SELECT id, code, name_de, name_en, is_moment_of_truth FROM contact_reason ORDER BY id DESC")
    return {name.lower(): row for row in rows for name in (row.name_en, row.name_de, row.code)}


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
