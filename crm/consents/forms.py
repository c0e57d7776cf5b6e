"""The form in which a consent event is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.web.forms import Fields


@dataclass(frozen=True, slots=True)
class ConsentForm:
    """What was typed, with its types; whether it may be recorded is for the action to say."""

    purpose: str
    channel: str
    event: ConsentEventKind
    source: ConsentSource
    wording_version: int | None
    at: datetime | None
    evidence: str
    submission_id: str

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> ConsentForm:
        """Raises Invalid with all errors."""
        fields = Fields(body)
        form = cls(
            purpose=fields.text("purpose", required=True, limit=40),
            channel=fields.text("channel", required=True, limit=20),
            event=fields.choice("event", ConsentEventKind),
            source=fields.choice("source", ConsentSource),
            wording_version=fields.number("wording_version", low=1, high=1_000_000),
            at=fields.moment("at"),
            evidence=fields.text("evidence", limit=2000, many_lines=True),
            submission_id=fields.text("submission_id", limit=64),
        )
        fields.check()
        return form
