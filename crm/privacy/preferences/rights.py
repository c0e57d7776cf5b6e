"""What people ask for on the preference page beside their consents: their rights under GDPR Art. 15 to 21. Each becomes a request at
the officer's desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crm.consents.preference_links import Holder
from crm.database import Lock, fetch, take_lock, transaction
from crm.errors import TooMany
from crm.privacy.desk.filing import file_request
from crm.privacy.desk.tables import RequestKind, RequestSource
from crm.web.forms import Fields
from crm.web.i18n import _

RIGHTS = (
    RequestKind.ACCESS, RequestKind.RECTIFICATION, RequestKind.ERASURE, RequestKind.PORTABILITY, RequestKind.RESTRICTION,
    RequestKind.OBJECTION,
)  # fmt: skip
NEED_WORDS = (RequestKind.RECTIFICATION, RequestKind.OBJECTION)
"""Nobody can follow these without being told what is wrong, or which situation speaks against it (Art. 21 (1))."""

MOST_A_DAY = 5
LONGEST = 5_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for, and what the person wrote to it."""

    kind: RequestKind
    text: str

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Wish:
        """Raises Invalid with all errors."""
        fields = Fields(body)
        code = fields.one_of("kind", [each.value for each in RIGHTS])
        text = fields.text("text", limit=LONGEST, many_lines=True)
        if not code and "kind" not in fields.errors:
            fields.error("kind", _("Please choose what you would like."))
        if code in NEED_WORDS and not text and "text" not in fields.errors:
            fields.error("text", _("Please write what is wrong, or what speaks against it."))
        fields.check()
        return cls(RequestKind(code), text)


async def file_wish(holder: Holder, wish: Wish, spoken: str, *, now: datetime) -> None:
    """File the request; the very same one within a day is one (a double click, a page that was sent again). Raises TooMany."""
    async with transaction():
        await take_lock(Lock.LEDGER)
        recent = await fetch(
            "SELECT kind, text FROM data_request WHERE source = 'page' AND received_at > $1 "
            "AND (person = $2 OR $2::bigint IS NULL AND lower(requester_address) = lower($3))",
            now - timedelta(days=1), holder.person_id, holder.address,
        )  # fmt: skip
        if any(row.kind == wish.kind and row.text == wish.text for row in recent):
            return
        if len(recent) >= MOST_A_DAY:
            raise TooMany(_("We have your requests of today. Please write to us if something is missing."))
        await file_request(
            wish.kind, source=RequestSource.PAGE, text=wish.text, person_id=holder.person_id,
            requester_name=holder.name, requester_address=holder.address, language=spoken, now=now,
        )  # fmt: skip
