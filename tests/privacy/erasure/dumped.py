"""A search of everything that a house keeps, as a stranger with a copy of the database would search it: the whole dump, cell by cell,
and the stored files, in every disguise in which text lies about there."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
import subprocess
import zlib
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote_plus

from crm.cli.postgres_tools import address_and_environment, tool
from crm.database import fetch
from crm.text import fold

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-]{16,}[\r\n]*)+={0,2}")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


def cells(url: str) -> Iterator[tuple[str, str, str]]:
    """(table, column, text) of every cell of the dump."""
    address, environment = address_and_environment(url)
    dump = subprocess.run(
        [tool("pg_dump"), "--format=plain", "--data-only", f"--dbname={address}"],
        env=environment,
        capture_output=True,
        check=True,
    ).stdout.decode()
    table, columns = "", []
    for line in dump.split("\n"):
        if head := re.match(r"COPY public\.\"?(\w+)\"? \((.*)\) FROM stdin;", line):
            table, columns = head[1], [name.strip('" ') for name in head[2].split(",")]
        elif line == "\\.":
            table = ""
        elif table:
            for column, value in zip(columns, line.split("\t"), strict=True):
                yield table, column, _unescaped(value)


def _unescaped(value: str) -> str:
    plain = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "b": "\b", "f": "\f", "v": "\v"}
    return re.sub(r"\\(.)", lambda found: plain.get(found[1], found[1]), value)


def disguises(text: str, depth: int = 3) -> Iterator[str]:
    """The text, and whatever can be read out of it: bytes, base64, quoted-printable, escapes of JSON, HTML and addresses, PDF streams."""
    yield text
    if depth == 0:
        return
    for found in _inner(text):
        if found != text:
            yield from disguises(found, depth - 1)


def _inner(text: str) -> Iterator[str]:
    if re.fullmatch(r"\\x[0-9a-f]+", text):
        yield from _read(bytes.fromhex(text[2:]))
        return
    if "\\u" in text:
        yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    if re.search(r"=[0-9A-F]{2}|=\r?\n", text):
        yield from _read(quopri.decodestring(text.encode()))
    if re.search(r"%[0-9A-F]{2}", text):
        yield unquote_plus(text)
    if "&" in text:
        yield unescape(text)
    for found in _BASE64.finditer(text):
        plain = re.sub(r"\s", "", found[0]).rstrip("=").translate(str.maketrans("-_", "+/"))
        try:
            yield from _read(base64.b64decode(plain + "=" * (-len(plain) % 4)))
        except (binascii.Error, ValueError):
            continue


def _read(content: bytes) -> Iterator[str]:
    for encoding in ("utf-8", "utf-16", "latin-1"):
        try:
            yield content.decode(encoding)
        except UnicodeDecodeError:
            continue
    for stream in _STREAM.findall(content):
        try:
            yield zlib.decompress(stream).decode("latin-1")
        except zlib.error:
            continue


def tells_of(text: str, words: list[str], numbers: list[str]) -> str:
    """The first of these words (folded) or numbers (digits) that the text has in any disguise, or nothing."""
    folded_words = [fold(word) for word in words]
    for found in disguises(text):
        folded = f" {fold(found)} "
        for word in folded_words:
            if f" {word} " in folded or (len(word) > 9 and word.replace(" ", "") in folded.replace(" ", "")):
                return word
        digits = re.sub(r"[\s()/.-]", "", found)
        for number in numbers:
            if number in digits:
                return number
    return ""


async def traces(url: str, words: list[str], numbers: list[str]) -> dict[tuple[str, str], list[str]]:
    """Everything that still tells of them: {(table, column): texts}. Chunks of a file are put together before."""
    found: dict[tuple[str, str], list[str]] = {}
    for table, column, text in cells(url):
        if (table, column) != ("file_chunk", "data") and tells_of(text, words, numbers):
            found.setdefault((table, column), []).append(text)
    for row in await fetch(
        "SELECT file, string_agg(data, ''::bytea ORDER BY position) AS data FROM file_chunk GROUP BY file"
    ):
        if tells_of("\\x" + row.data.hex(), words, numbers):
            found.setdefault(("file_chunk", "data"), []).append(str(row.file))
    return found
