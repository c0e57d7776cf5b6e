"""Files that come along by a form. They are read when an entry has been judged, and only if nothing speaks against it: what a machine
sends is never kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

from litestar.datastructures import UploadFile

from crm.customers.uploads import refusals_of
from crm.errors import Invalid
from crm.files.names import clean_name
from crm.files.words import size_text
from crm.interactions.web_forms.entries import EntryFile
from crm.web.i18n import _

MOST_FILES = 5
LARGEST_FILE = 5_000_000
_LOOKED_AT = 16_384
"""Bytes at the beginning and at the end that tell whether it is the same file again."""


def refusal_of(uploads: Sequence[UploadFile]) -> str:
    """Why they cannot be taken, as far as that can be told without reading them; empty if nothing speaks against it."""
    if len(uploads) > MOST_FILES:
        return _("At most %(n)s files at once, please.") % {"n": MOST_FILES}
    if large := [upload for upload in uploads if _size(upload) > LARGEST_FILE]:
        words = {"name": clean_name(large[0].filename), "limit": size_text(LARGEST_FILE)}
        return _("“%(name)s” is too large. A document may have up to %(limit)s.") % words
    return ""


def told(uploads: Sequence[UploadFile]) -> list[str]:
    """The names of files that are not kept, with their sizes."""
    return [f"{clean_name(upload.filename)} ({size_text(_size(upload))})" for upload in uploads]


def mark_of(uploads: Sequence[UploadFile]) -> bytes:
    """What tells these files from others, from a look at both ends of each."""
    digest = hashlib.sha256()
    for upload in uploads:
        size = _size(upload)
        digest.update(f"{clean_name(upload.filename)}\n{size}\n".encode("utf-8", "surrogatepass"))
        digest.update(upload.file.read(_LOOKED_AT))
        upload.file.seek(max(0, size - _LOOKED_AT))
        digest.update(upload.file.read(_LOOKED_AT))
        upload.file.seek(0)
    return digest.digest() if uploads else b""


async def read_files(uploads: Sequence[UploadFile]) -> list[EntryFile]:
    """The files themselves. Raises Invalid if one is empty or a program."""
    if refusals := await refusals_of(uploads, LARGEST_FILE):
        raise Invalid({"file": " ".join(refusals)})
    return [EntryFile(clean_name(one.filename), await one.read()) for one in uploads]


def _size(upload: UploadFile) -> int:
    size = upload.file.seek(0, os.SEEK_END)
    upload.file.seek(0)
    return size
