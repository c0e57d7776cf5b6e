"""Files on their way in: each is looked at before it is attached; what is refused is named, the others are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from litestar.datastructures import UploadFile

from crm.customers.documents import Attached, NewDocument, attach_document
from crm.database import transaction
from crm.errors import Invalid
from crm.files.names import clean_name
from crm.files.sniffing import PROGRAM, media_type_of
from crm.files.words import size_text
from crm.web.i18n import _

MOST_AT_ONCE = 50
BODY_LIMIT = 105_000_000
"""Bytes of one upload with all its files; each file has its own limit (CRM_DOCUMENT_MB)."""


@dataclass(slots=True)
class Outcome:
    """What became of the files: attached ones, names of those that were there already, and why others were refused."""

    attached: list[Attached] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def new(self) -> int:
        return sum(one.is_new for one in self.attached)


def uploads_in(values: Iterable[object]) -> list[UploadFile]:
    """The files among the values of a form's field; none was chosen where there are only empty texts."""
    return [value for value in values if isinstance(value, UploadFile)]


async def refusals_of(uploads: Sequence[UploadFile], largest: int) -> list[str]:
    """Why some of these files cannot be kept, before anything is written."""
    return [refusal for upload in uploads if (refusal := await _look_at(upload, largest))]


async def attach_uploads(
    customer_id: int, uploads: Sequence[UploadFile], person_id: int | None, *, largest: int, by: int, now: datetime,
    all_or_none: bool = False,
) -> Outcome:  # fmt: skip
    """Attach the files that can be kept, in one transaction, one in memory at a time. `largest` is in bytes.
    Raises Invalid if nothing was chosen or too much at once, and, if asked for all or none, if one is refused."""
    if not uploads:
        raise Invalid({"file": _("Please choose a file.")})
    if len(uploads) > MOST_AT_ONCE:
        raise Invalid({"file": _("At most %(n)s files at once, please.") % {"n": MOST_AT_ONCE}})
    outcome = Outcome(errors=await refusals_of(uploads, largest))
    if outcome.errors and all_or_none:
        raise Invalid({"file": " ".join(outcome.errors)})
    async with transaction():
        for upload in uploads:
            name = clean_name(upload.filename)
            content = await upload.read(largest + 1)
            if refusal_of(content, name, largest):
                continue
            document = NewDocument(name, content, media_type_of(content, name), person_id)
            attached = await attach_document(customer_id, document, by=by, now=now)
            outcome.attached.append(attached)
            if not attached.is_new:
                outcome.known.append(name)
    return outcome


async def _look_at(upload: UploadFile, largest: int) -> str:
    content = await upload.read(largest + 1)
    await upload.seek(0)
    return refusal_of(content, clean_name(upload.filename), largest)


def refusal_of(content: bytes, name: str, largest: int) -> str:
    """Why this file cannot be kept; empty if it can."""
    if not content:
        return _("“%(name)s” is empty, so there is nothing to keep.") % {"name": name}
    if len(content) > largest:
        words = {"name": name, "limit": size_text(largest)}
        return _("“%(name)s” is too large. A document may have up to %(limit)s.") % words
    if media_type_of(content, name) == PROGRAM:
        return _("“%(name)s” is a program. Programs are not kept with customers.") % {"name": name}
    return ""
