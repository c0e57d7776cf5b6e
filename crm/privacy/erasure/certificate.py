"""The certificate of an erasure as PDF: what was erased and kept, when, and by whom it was approved. It names nobody but those who
approved it, so it may be kept for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.database import Row, fetch
from crm.privacy.erasure import words
from crm.privacy.erasure.duty_actions import all_duties
from crm.reports.actions import print_pdf
from crm.reports.paper import frame, our_letterhead
from crm.reports.printing import Job
from crm.web.i18n import _, language, speaking
from crm.web.render import text


async def certificate_pdf(run: Mapping[str, Any] | Row, found: Mapping[str, Any]) -> bytes:
    """The PDF in the language of the person who asked. The same erasure gives the same bytes."""
    letterhead, duties = await our_letterhead(), await all_duties()
    staff = await fetch("SELECT id, name FROM staff WHERE id = ANY($1)", [run["prepared_by"], run["approved_by"]])
    names = {row.id: row.name for row in staff}
    with speaking(run["language"]):
        heading = _("Certificate of erasure no. %(n)s") % {"n": run["id"]}
        page = text(
            "reports/erasure_certificate.html", run=run, found=found, duties=duties, words=words, heading=heading,
            prepared_by=names.get(run["prepared_by"], ""), approved_by=names.get(run["approved_by"], ""), **frame(letterhead, heading),
        )  # fmt: skip
        job = Job(page, {}, [], run["finished_at"], "de-DE" if language.get() == "de" else "en-GB")
    return await print_pdf(job)
