"""A correction of a past month: its report is drawn up anew as a further edition. The earlier ones stay as they are."""

from __future__ import annotations

from datetime import date, datetime

from crm.accounts.audit import record
from crm.database import Lock, fetch_one, fetch_value, take_lock, transaction
from crm.errors import Conflict, Invalid, RuleBroken
from crm.queue import enqueue
from crm.reports import months
from crm.reports.queries import COMPANY, LAST_EDITION
from crm.web.i18n import LANGUAGES, _

LONGEST_NOTE = 300


async def correct_report(month: date, note: str, *, seen: int, by: int, now: datetime) -> int:
    """Ask for a new edition in both languages, with today's figures of that month; the number of the edition. `note` says on its
    cover why there is one; `seen` is the edition that it corrects.

    Raises Invalid without a note, RuleBroken while there is no final report of that month, Conflict if somebody else has
    corrected it meanwhile.
    """
    note = " ".join(note.split())
    if not note:
        raise Invalid(
            {"note": _("Please say in a sentence what is corrected. It stands on the cover of the new edition.")}
        )
    if len(note) > LONGEST_NOTE:
        raise Invalid({"note": _("Please say it in at most %(n)s letters.") % {"n": LONGEST_NOTE}})
    async with transaction():
        await take_lock(Lock.REPORT, months.written(month))
        last = await fetch_one(LAST_EDITION, month, COMPANY)
        assert last is not None
        is_final = await fetch_value(
            "SELECT EXISTS (SELECT FROM report_run WHERE month = $1 AND scope = $2 AND edition = $3 AND status = 'ready' "
            "AND NOT is_provisional)",
            month, COMPANY, last.edition,
        )  # fmt: skip
        if last.edition != seen:
            raise Conflict(_("Somebody has just corrected this report: edition %(n)s is there.") % {"n": last.edition})
        if not is_final:
            raise RuleBroken(_("There is no final report of this month to correct. Draw it up first."))
        edition = int(last.edition) + 1
        for language in LANGUAGES:
            run_id = await fetch_value(
                "INSERT INTO report_run (month, scope, language, status, is_provisional, requested_by, requested_at, figures, "
                "pdf_hash, error, edition, note) VALUES ($1, $2, $3, 'requested', false, $4, $5, '{}', '', '', $6, $7) RETURNING id",
                month, COMPANY, language, by, now, edition, note,
            )  # fmt: skip
            await enqueue("produce_report", run_id)
        fields = {
            "report_month": [None, months.written(month)],
            "edition": [last.edition, edition],
            "report_note": [None, note],
        }
        await record("report.corrected", "report", None, by=by, now=now, fields=fields)
    return edition
