"""A document that proves what somebody said: a signed form, a letter, the photograph of a card from the fair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from litestar.datastructures import UploadFile

from crm.customers.uploads import refusal_of
from crm.database import Row, fetch_one
from crm.errors import Invalid, NotFound
from crm.files.names import clean_name
from crm.files.sniffing import media_type_of
from crm.web.i18n import _

NAME, DIGEST = "document", "document_sha256"
"""Under which the document stands in the evidence, which the chain covers: so nobody exchanges it without being noticed."""


@dataclass(frozen=True, slots=True)
class Proving:
    """A document on its way into the ledger: its clean name, its bytes, and what it really is (crm.files.sniffing)."""

    name: str
    content: bytes
    media_type: str


def proving(name: str, content: bytes, *, largest: int) -> Proving:
    """A file as a document that proves something. Raises Invalid for one that is empty, a program, or larger than `largest` bytes."""
    cleaned = clean_name(name)
    if refusal := refusal_of(content, cleaned, largest):
        raise Invalid({NAME: refusal})
    return Proving(cleaned, content, media_type_of(content, cleaned))


async def proving_in(uploads: Sequence[UploadFile], *, largest: int) -> Proving | None:
    """The file that was chosen in a form; None where none was. Raises Invalid as `proving` does, and for several at once."""
    if not uploads:
        return None
    if len(uploads) > 1:
        raise Invalid({NAME: _("One document proves one statement. Please choose a single file.")})
    return proving(uploads[0].filename, await uploads[0].read(largest + 1), largest=largest)


async def document_of(event_id: int) -> Row:
    """The document of an event: name, sha256, size and media_type. Raises NotFound where there is none (any more)."""
    row = await fetch_one(
        "SELECT y.name, y.sha256, y.size, y.media_type FROM consent_event e JOIN consent_payload y ON y.id = e.payload_id "
        "WHERE e.id = $1 AND y.sha256 <> ''",
        event_id,
    )
    if row is None:
        raise NotFound()
    return row
