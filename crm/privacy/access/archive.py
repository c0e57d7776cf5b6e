"""The archive: one JSON with everything, one with what the person gave us (Art. 20), and the files themselves. Written row by row."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import msgspec

from crm.personal import declared
from crm.privacy.access.gathering import Gathered, Record
from crm.privacy.access.information import Letter
from crm.web.i18n import _

FORMAT = "nahbar-access-1"

Gave = Mapping[str, Any]

ALWAYS = frozenset({
    "person", "email_address", "phone_number", "postal_address", "web_address", "affiliation", "survey_answer", "survey_reply",
    "customer_order", "order_item", "incoming_mail", "data_request", "attribute_value", "message_recipient",
})  # fmt: skip
"""What came from the person: told, typed in or ordered by themselves."""

_CUSTOMER_GAVE = ("name", "number", "language", "website", "vat_id", "iban")
_OWN_SOURCES = ("web_form", "preference_page", "paper", "phone")


def head(subject_name: str, company: str, made_at: datetime, language: str) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "person": subject_name,
        "controller": company,
        "made_at": made_at.isoformat(),
        "language": language,
    }


def provided(table: str, record: Record) -> Record | None:
    """What of a row the person provided themselves (GDPR Art. 20 (1); Article 29 Working Party, WP 242 rev. 01): what they told, wrote,
    ordered or chose. Not what we noted, computed or decided. None for nothing."""
    if table in ALWAYS:
        return None if table == "attribute_value" and record.get("blocked_at") else record
    match table:
        case "customer":
            return {name: record[name] for name in ("id", *_CUSTOMER_GAVE) if record.get(name)}
        case "ticket":
            return {name: record[name] for name in ("id", "subject", "opened_at", "channel") if name in record}
        case "ticket_message":
            return record if record["kind"] == "inbound" else None
        case "consent_event":
            return record if record["source"] in _OWN_SOURCES else None
        case "document":
            return (
                record if "uploaded_by" not in record else None
            )  # nobody of ours uploaded it: it came with a mail or a form
        case "call_back":
            kept = ("id", "name", "number", "about", "at", "from_at", "until_at")
            return {name: record[name] for name in kept if name in record} if record["kind"] == "wanted" else None
    return None


def write_json(target: IO[bytes], about: Mapping[str, Any], letters: Sequence[Letter], found: Gathered) -> None:
    """Everything: who it is about, the letters of Art. 15 (1), and all rows by table."""
    target.write(b'{"about": ' + msgspec.json.encode(about))
    target.write(b',\n"information": ' + msgspec.json.encode([letter.as_json() for letter in letters]))
    target.write(b',\n"data": {')
    tables = [table for table, n in sorted(found.counts.items()) if n]
    for place, table in enumerate(tables):
        target.write(b"," if place else b"")
        target.write(
            f'\n"{table}": {{"heading": '.encode() + msgspec.json.encode(_(declared(table).heading)) + b', "rows": ['
        )
        _write_rows(target, found.records(table))
        target.write(b"]}")
    target.write(b"\n}}\n")


def write_portable(target: IO[bytes], about: Mapping[str, Any], found: Gathered) -> None:
    """What the person provided, marked as such."""
    target.write(
        b'{"about": ' + msgspec.json.encode({**about, "provided_by_the_person": True, "article": "GDPR Art. 20 (1)"})
    )
    target.write(b',\n"data": {')
    is_first = True
    for table in sorted(found.counts):
        rows = (row for record in found.records(table) if (row := provided(table, record)) is not None)
        first = next(rows, None)
        if first is None:
            continue
        target.write((b"\n" if is_first else b",\n") + f'"{table}": ['.encode())
        _write_rows(target, _chained(first, rows))
        target.write(b"]")
        is_first = False
    target.write(b"\n}}\n")


def _chained(first: Record, rest: Iterator[Record]) -> Iterator[Record]:
    yield first
    yield from rest


def _write_rows(target: IO[bytes], records: Iterator[Record]) -> None:
    for place, record in enumerate(records):
        target.write((b",\n" if place else b"\n") + msgspec.json.encode(record))


def write_archive(
    path: Path,
    about: Mapping[str, Any],
    letters: Sequence[Letter],
    found: Gathered,
    readme: str,
    contents: Mapping[str, Path],
) -> None:
    """The ZIP. `contents` are the files by their place in it, as they lie on the disk."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_("README") + ".txt", readme.replace("\n", "\r\n").encode("utf-8-sig"))
        with archive.open(_("everything") + ".json", "w", force_zip64=True) as target:
            write_json(target, about, letters, found)
        with archive.open(_("provided-by-you") + ".json", "w", force_zip64=True) as target:
            write_portable(target, about, found)
        for place, content in contents.items():
            archive.write(content, place)
