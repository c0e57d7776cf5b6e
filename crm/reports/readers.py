"""Who gets the final reports by mail: members of staff who may see reports, each in a language of their own choice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crm.accounts.audit import record
from crm.accounts.permissions import Permission, roles_with
from crm.consents.sending import queue_mail
from crm.database import Row, execute, fetch, transaction
from crm.errors import Invalid
from crm.mail.message import Attachment
from crm.mail.rendering import render_mail
from crm.reports import months
from crm.reports.scopes import COMPANY, WHOLE, Scope, file_part, scope_title
from crm.web.formats import month as month_year
from crm.web.i18n import LANGUAGES, _, speaking

_MAY_READ = roles_with(Permission.REPORTS_VIEW)


async def possible_readers(scope: str = COMPANY) -> list[Row]:
    """Active staff who may see reports, by name, with the language in which they get those of this scope ("": they don't)."""
    return await fetch(
        "SELECT s.id, s.name, s.email, s.role, coalesce(r.language, '') AS report_language FROM staff s "
        'LEFT JOIN report_reader r ON r."user" = s.id AND r.scope = $2 '
        "WHERE s.deactivated_at IS NULL AND s.role = ANY($1) ORDER BY s.name, s.id",
        _MAY_READ, scope,
    )  # fmt: skip


async def set_readers(languages: Mapping[int, str], *, by: int, now: datetime, scope: Scope = WHOLE) -> None:
    """Mail the reports of this scope to these members of staff in these languages; "" ends it for one, who is not named stays as they are.

    Raises Invalid for somebody who may not see reports, or a language that there is no report in.
    """
    async with transaction():
        possible = {row.id: row for row in await possible_readers(scope.code)}
        if wrong := [user for user, code in languages.items() if user not in possible or code not in ("", *LANGUAGES)]:
            raise Invalid(
                {f"reader_{wrong[0]}": _("Choose somebody who may see reports, and German (de) or English (en).")}
            )
        changed = {
            user: code for user, code in languages.items() if possible[user].report_language != code
        }  # fmt: skip
        for user, code in changed.items():
            if code:
                await execute(
                    'INSERT INTO report_reader ("user", language, added_at, added_by, scope) VALUES ($1, $2, $3, $4, $5) '
                    'ON CONFLICT ("user", scope) DO UPDATE SET language = $2, added_at = $3, added_by = $4',
                    user, code, now, by, scope.code,
                )  # fmt: skip
            else:
                await execute('DELETE FROM report_reader WHERE "user" = $1 AND scope = $2', user, scope.code)
        if changed:
            fields = {"report_readers": [_told(possible, {}), _told(possible, changed)]}
            if not scope.is_company:
                fields["report_scope"] = ["", scope.name]
            await record("report.readers", "report", None, by=by, now=now, fields=fields)


def _told(possible: Mapping[int, Row], changed: Mapping[int, str]) -> str:
    """ "7 de, 9 en": who reads in which language, by their numbers."""
    now = {user: changed.get(user, row.report_language) for user, row in possible.items()}
    return ", ".join(f"{user} {code}" for user, code in sorted(now.items()) if code)


async def mail_report(run: Row, pdf: str, size: int, *, now: datetime) -> None:
    """Send the finished PDF (its name in crm/files) to the readers of its scope and language, in the caller's transaction; once per run.
    Who may not see reports any more gets none."""
    readers = [row for row in await possible_readers(run.scope) if row.report_language == run.language]
    if not readers:
        return
    written = months.written(run.month)
    with speaking(run.language):
        name = _("touchpoint-report") + f"-{written}{file_part(run.scope, run.scope_name)}.pdf"
        file = Attachment(name, pdf, size, "application/pdf")
        month = month_year(run.month)
        title = "" if run.scope == COMPANY else scope_title(run.scope, run.scope_name)
    address = f"/reports/{written}" + ("" if run.scope == COMPANY else f"?scope={run.scope}")
    for reader in readers:
        mail = render_mail(
            "report",
            run.language,
            name=reader.name,
            month=month,
            edition=run.edition,
            note=run.note,
            scope=title,
            link=address,
        )
        await queue_mail(
            purpose="account", to_address=reader.email, to_name=reader.name, subject=mail.subject, text=mail.text, html=mail.html,
            language=run.language, now=now, user_id=reader.id, dedupe_key=f"report {run.id} {reader.id}", attachments=[file],
        )  # fmt: skip
