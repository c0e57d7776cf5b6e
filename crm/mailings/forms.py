"""A form or a call to a draft, or all errors at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from crm.database import Row
from crm.mailings.placeholders import MAILINGS
from crm.mailings.tables import MailingKind
from crm.mailings.texts import TEXTS
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, _

LONGEST = 50_000
FASTEST = 600
USUAL_PACE = 60


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to send, to whom and how fast."""

    kind: MailingKind
    purpose: str
    name: str
    view_id: int | None
    subject_de: str
    subject_en: str
    body_de: str
    body_en: str
    per_minute: int
    at_night: bool

    def recorded(self) -> dict[str, Any]:
        """As the audit trail tells it."""
        told = asdict(self)
        return {("mailing_kind" if name == "kind" else name): value for name, value in told.items()}


def draft_of(fields: Fields, purposes: Iterable[Row]) -> Draft:
    """From a form or an API body. One language alone is enough; half of one is not. Raises Invalid."""
    kind = fields.choice("kind", MailingKind, MailingKind.NEWSLETTER)
    known = {row.code: row for row in purposes}
    purpose = fields.text("purpose", required=True, limit=40)
    if purpose and purpose not in known:
        fields.error("purpose", _("Choose a purpose from the list: it decides who may get this."))
    elif purpose and kind != MailingKind.THANK_YOU and not known[purpose].is_advertising:
        fields.error("purpose", _("Newsletters and invitations are advertising: choose a purpose for advertising."))
    texts = {
        name: fields.text(name, limit=LONGEST if name.startswith("body") else 200, many_lines=name.startswith("body"))
        for name in TEXTS
    }
    for language in LANGUAGES:
        _check_language(fields, texts, language)
    if not any(texts.values()):
        fields.error("subject_de", _("Write subject and text in at least one language."))
    per_minute = fields.number("per_minute", low=1, high=FASTEST) or USUAL_PACE
    draft = Draft(
        kind, purpose, fields.text("name", required=True, limit=120), fields.reference("view_id"), texts["subject_de"],
        texts["subject_en"], texts["body_de"], texts["body_en"], per_minute, fields.flag("at_night"),
    )  # fmt: skip
    fields.check()
    return draft


def _check_language(fields: Fields, texts: dict[str, str], language: str) -> None:
    subject, body = f"subject_{language}", f"body_{language}"
    if texts[body] and not texts[subject]:
        fields.error(subject, _("The text has no subject yet."))
    if texts[subject] and not texts[body]:
        fields.error(body, _("The subject has no text yet."))
    for name in (subject, body):
        wrong = MAILINGS.mistakes(texts[name], language)
        wrong += [_("Nobody is there to fill the gap %(gap)s: write it out.") % {"gap": each.written}
                  for each in MAILINGS.left_in(texts[name]) if each.is_gap]  # fmt: skip
        if wrong:
            fields.error(name, " ".join(wrong))
