"""The end of an erasure: what the register does not name, the suppression entries, the certificate, the answer, and then the needles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from crm.accounts.audit import record
from crm.consents.sending import queue_mail
from crm.customers.lists.found_by import refresh_search_text
from crm.customers.lists.similar import forget_unused_words
from crm.customers.suppression.entries import suppress
from crm.database import Row, execute, fetch, fetch_value, transaction
from crm.files.actions import store_file
from crm.files.references import REFERENCES
from crm.mail.message import Attachment
from crm.privacy.desk.handling import settle_request
from crm.privacy.erasure.certificate import certificate_pdf
from crm.privacy.erasure.holds import forget_holds
from crm.privacy.erasure.mentions import pattern
from crm.privacy.erasure.needles import keys_for
from crm.privacy.erasure.redacting import blacken_reasons, blacken_searches
from crm.privacy.subject import Needles, Subject
from crm.web.i18n import _, speaking
from crm.web.render import text

_SUMS = """
    SELECT table_name AS table, duty, count(*) FILTER (WHERE treatment = 'delete') AS deleted,
        count(*) FILTER (WHERE treatment = 'blank') AS blanked, count(*) FILTER (WHERE treatment = 'keep') AS kept,
        max(ends_on) AS ends_on
    FROM erasure_row WHERE erasure = $1 GROUP BY 1, 2 ORDER BY 1, 2
"""


async def finish_erasure(run: Row, needles: Needles, now: datetime) -> None:
    """Whatever is left; each part may have been done before by a worker that died."""
    await _forget_exports(run)
    await _forget_submissions(pattern(needles))
    await blacken_reasons(pattern(needles))
    await blacken_searches(pattern(needles))
    await _forget_elsewhere(needles)
    await _find_again(run)
    await forget_unused_words()
    await forget_files(run.id)
    found = await _found(run.id)
    finished = run if run.finished_at else {**dict(run), "finished_at": now}
    pdf = b"" if run.by_rule else await certificate_pdf(finished, found)
    async with transaction():
        if not run.by_rule:  # whoever never asked for it may come back as anybody else
            await suppress(await keys_for(needles), erasure=run.id, now=now)
        await forget_holds(Subject(tuple(run.persons), tuple(run.customers)))
        await execute(
            "UPDATE person SET erased_at = coalesce(erased_at, $2) WHERE id = ANY($1)", list(run.persons), now
        )
        name = await store_file(pdf, "application/pdf", now=now) if pdf else ""
        mine = await fetch_value(
            "UPDATE erasure SET status = 'done', finished_at = $2, found = $3, certificate_hash = $4, needles = '{}', "
            "version = version + 1 WHERE id = $1 AND status = 'running' RETURNING id",
            run.id, now, msgspec.json.encode(found).decode(), name,
        )  # fmt: skip
        if mine is None:
            return
        await _answer(run, needles, name, len(pdf), now)
        await _settle_request(run, now)
        fields = {name: sum(line[name] for line in found["tables"]) for name in ("deleted", "blanked", "kept")}
        await record("erasure.done", "erasure", run.id, by=run.approved_by, now=now, fields=fields)
        if run.is_replayed:
            await record("erasure.replayed", "erasure", run.id, by=None, now=now)


async def _settle_request(run: Row, now: datetime) -> None:
    """The request is done, unless somebody has settled it another way."""
    is_open = await fetch_value("SELECT 1 FROM data_request WHERE id = $1 AND settled_at IS NULL", run.request)
    if is_open and run.approved_by is not None:
        note = _("Erased, see certificate no. %(n)s.") % {"n": run.id}
        await settle_request(run.request, note, by=run.approved_by, now=now)


async def _answer(run: Row, needles: Needles, certificate: str, size: int, now: datetime) -> None:
    """Tell the person who asked, at the address that they asked from: the last mail to it (see ending.forget_answers). Without one, the
    officer prints the certificate and sends it by post."""
    if not needles.reply_to:
        return
    with speaking(run.language):
        number = run.request or run.id
        outbox_id = await queue_mail(
            purpose="privacy", to_address=needles.reply_to, to_name=needles.reply_name,
            subject=text("mail/erasure_done.subject.txt", number=number).strip(), text=text("mail/erasure_done.txt", number=number),
            language=run.language, now=now, by=run.approved_by, dedupe_key=f"erasure {run.uid}",
            attachments=[Attachment(_("certificate-of-erasure") + f"-{run.id}.pdf", certificate, size, "application/pdf")],
        )  # fmt: skip
    await execute("UPDATE erasure SET outbox_id = $2 WHERE id = $1", run.id, outbox_id)


async def _found(erasure_id: int) -> dict[str, Any]:
    """What the certificate says: rows by table, what is kept by table and duty, and mentions elsewhere."""
    rows = await fetch(_SUMS, erasure_id)
    tables: dict[str, dict[str, Any]] = {}
    for row in rows:
        line = tables.setdefault(row.table, {"table": row.table, "deleted": 0, "blanked": 0, "kept": 0})
        for name in ("deleted", "blanked", "kept"):
            line[name] += row[name]
    kept = [
        {"table": row.table, "duty": row.duty, "kept": row.kept, "ends_on": row.ends_on.isoformat()}
        for row in rows
        if row.kept
    ]
    mentions = await fetch_value(
        "SELECT count(*) FROM erasure_mention WHERE erasure = $1 AND done_at IS NOT NULL", erasure_id
    )
    return {"tables": list(tables.values()), "kept": kept, "mentions": mentions}


async def _forget_exports(run: Row) -> None:
    """Files of exports in which they are: nobody fetches one with an erased person. The runs stay on record."""
    rows = await fetch(
        "WITH theirs AS (SELECT r.id, r.file_hash FROM export_run r WHERE r.file_hash <> '' AND EXISTS (SELECT FROM export_subjects s "
        "WHERE s.export = r.id AND (s.persons && $1 OR s.customers && $2)) FOR UPDATE) "
        "UPDATE export_run r SET file_hash = '' FROM theirs WHERE r.id = theirs.id RETURNING theirs.file_hash AS name",
        list(run.persons), list(run.customers),
    )  # fmt: skip
    if rows:
        await execute(
            "UPDATE erasure SET files = files || $2::text[] WHERE id = $1", run.id, [row.name for row in rows]
        )


async def _forget_elsewhere(needles: Needles) -> None:
    """A company is not found any more by the name of somebody who worked there; its doubles are looked for anew."""
    for customer_id in needles.organisations:
        async with transaction():
            await refresh_search_text(customer_id)
            await execute("DELETE FROM customer_blocks WHERE customer = $1", customer_id)
            await execute("INSERT INTO duplicate_todo (customer_id) VALUES ($1)", customer_id)


async def _find_again(run: Row) -> None:
    """A company's enquiries that were blackened are found in its history by the words that are left, unless a duty still keeps others."""
    await execute(
        "UPDATE timeline_entry l SET title = title WHERE l.kind = 'ticket' AND l.person_id = ANY($1) AND l.folded = '' AND l.title <> '' "
        "AND NOT EXISTS (SELECT FROM erasure_row r WHERE r.erasure = $2 AND r.treatment = 'keep' AND r.table_name = 'ticket_message' "
        "AND r.row_id IN (SELECT id FROM ticket_message WHERE ticket = l.ref_id))",
        list(run.persons), run.id,
    )  # fmt: skip


async def _forget_submissions(expression: str) -> None:
    """What is remembered of submissions, in case they are repeated: it holds answers of the API."""
    if expression:
        await execute("DELETE FROM submission WHERE body ~* $1", expression)


async def forget_files(erasure_id: int) -> None:
    """Delete the contents that this erasure has let go of, unless somebody else refers to the same content."""
    used = " AND ".join(
        f"NOT EXISTS (SELECT FROM {table} r WHERE r.{column} = f.sha256)" for table, column in REFERENCES
    )
    async with transaction():
        await execute(
            f"DELETE FROM stored_file f USING erasure e WHERE e.id = $1 AND f.sha256 = ANY(e.files) AND {used}",
            erasure_id,
        )
        await execute("UPDATE erasure SET files = '{}' WHERE id = $1", erasure_id)
