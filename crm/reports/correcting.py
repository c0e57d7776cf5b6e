"""A correction of a past month: its report is drawn up anew as a further edition. The earlier ones stay as they are."""

from __future__ import annotations

from datetime import date, datetime

from crm.accounts.audit import record
from crm.database import Lock, fetch_one, fetch_value, take_lock, transaction
from crm.errors import Conflict, Invalid, RuleBroken
from crm.queue import enqueue
from crm.reports import months
from crm.reports.queries import LAST_EDITION, lock_of
from crm.reports.scopes import WHOLE, NotDrawnUp, Scope
from crm.web.i18n import LANGUAGES, _

LONGEST_NOTE = 300


async def correct_report(month: date, note: str, *, seen: int, by: int, now: datetime, scope: Scope = WHOLE) -> int:
    """Ask for a new edition in both languages, with today's figures of that month; the number of the edition. `note` says on its
    cover why there is one; `seen` is the edition that it corrects.

    Raises Invalid without a note, RuleBroken while there is no final report of that month, NotDrawnUp where a team or list is gone,
    Conflict if somebody else has corrected it meanwhile.
    """
    note = " ".join(note.split())
    if not note:
        raise Invalid(
            {"note": _("Please say in a sentence what is corrected. It stands on the cover of the new edition.")}
        )
    if len(note) > LONGEST_NOTE:
        raise Invalid({"note": _("Please say it in at most %(n)s letters.") % {"n": LONGEST_NOTE}})
    if scope.refusal:
        raise NotDrawnUp(scope.refusal)
    async with transaction():
        await take_lock(Lock.REPORT, lock_of(month, scope.code))
        last = await fetch_one(LAST_EDITION, month, scope.code)
        assert last is not None
        is_final = await fetch_value(
            "SELECT EXISTS (SELECT FROM report_run WHERE month = $1 AND scope = $2 AND edition = $3 AND status = 'ready' "
            "AND NOT is_provisional)",
            month, scope.code, last.edition,
        )  # fmt: skip
        if last.edition != seen:
            raise Conflict(_("Somebody has just corrected this report: edition %(n)s is there.") % {"n": last.edition})
        if not is_final:
            raise RuleBroken(_("There is no final report of this month to correct. Draw it up first."))
        edition = int(last.edition) + 1
        for language in LANGUAGES:
            run_id = await fetch_value(
                "INSERT INTO report_run (month, scope, language, status, is_provisional, requested_by, requested_at, figures, "
                "pdf_hash, error, edition, note, scope_name) "
                "VALUES ($1, $2, $3, 'requested', false, $4, $5, '{}', '', '', $6, $7, $8) RETURNING id",
                month, scope.code, language, by, now, edition, note, scope.name,
            )  # fmt: skip
            await enqueue("produce_report", run_id)
        fields = {
            "report_month": [None, months.written(month)],
            "edition": [last.edition, edition],
            "report_note": [None, note],
        }
        if not scope.is_company:
            fields["report_scope"] = [None, scope.name]
        await record("report.corrected", "report", None, by=by, now=now, fields=fields)
    return edition
