"""What a file really is, by its content: what claims to be a PDF and is a web page is a web page. Nothing is unpacked."""

from __future__ import annotations

from pathlib import PurePosixPath

import puremagic

from crm.files.kinds import image_type

PROGRAM = "application/x-program"
"""Stands for everything that a computer would run; such files are not kept."""
UNKNOWN = "application/octet-stream"

HEAD = 65_536
"""So many first bytes are looked at; libraries get no more than these, so that they have nothing to unpack."""

_PROGRAM_STARTS = (
    b"MZ", b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!",
)  # fmt: skip
_PROGRAM_SUFFIXES = (
    ".apk", ".app", ".appx", ".bat", ".chm", ".cmd", ".com", ".cpl", ".dll", ".dmg", ".exe", ".gadget", ".hta", ".inf", ".iso",
    ".jar", ".js", ".jse", ".lnk", ".msc", ".msi", ".msix", ".msp", ".pif", ".ps1", ".psm1", ".reg", ".scf", ".scr", ".sh",
    ".sys", ".url", ".vbe", ".vbs", ".vhd", ".vhdx", ".wsc", ".wsf", ".wsh", ".xll",
)  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_KINDS = {
    ".doc": "application/msword", ".dot": "application/msword", ".xls": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint", ".msg": "application/vnd.ms-outlook",
}  # fmt: skip
_OFFICE = "application/vnd.openxmlformats-officedocument."
_PARTS = (
    (b"word/", _OFFICE + "wordprocessingml.document", "application/vnd.ms-word.document.macroenabled.12"),
    (b"xl/", _OFFICE + "spreadsheetml.sheet", "application/vnd.ms-excel.sheet.macroenabled.12"),
    (b"ppt/", _OFFICE + "presentationml.presentation", "application/vnd.ms-powerpoint.presentation.macroenabled.12"),
)
"""The folder within a workbook, its type, and its type if it brings macros along."""
_MARKUP = (
    b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<iframe", b"<style", b"<title", b"<table", b"<div", b"<a ", b"<img",
    b"<br", b"<h1", b"<p>", b"<p ", b"<!--", b"<meta", b"<link", b"<form", b"<object", b"<embed",
)  # fmt: skip
"""After the list by which browsers recognise a page (WHATWG MIME Sniffing, 7.1)."""
_TEXTS = {
    ".csv": "text/csv", ".vcf": "text/vcard", ".ics": "text/calendar", ".eml": "message/rfc822", ".json": "application/json",
}  # fmt: skip
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def media_type_of(content: bytes, name: str) -> str:
    """The type by the first bytes; the name decides only between kinds that begin alike (.doc and .xls, texts)."""
    suffix = PurePosixPath(name).suffix.lower()
    head = content[:HEAD]
    if suffix in _PROGRAM_SUFFIXES or content.startswith(_PROGRAM_STARTS):
        return PROGRAM
    if known := _by_signature(content, suffix):
        return known
    if markup := _markup(head):
        return markup
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    if _is_text(head):
        return _TEXTS.get(suffix, "text/plain")
    return _by_library(head)


def is_active(media_type: str) -> bool:
    """Whether a browser would run what is in it, were it to show it."""
    return media_type in ("text/html", "image/svg+xml", "text/xml", "application/xhtml+xml")


def _by_signature(content: bytes, suffix: str) -> str:
    if picture := image_type(content):
        return picture
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _archive(content)
    return _OLE_KINDS.get(suffix, "application/x-ole-storage") if content.startswith(_OLE) else ""


def _archive(content: bytes) -> str:
    """A ZIP by the names in it, which stand there readable; it is never unpacked."""
    around = content[:HEAD] + content[-HEAD:]
    if b"META-INF/MANIFEST.MF" in around or b"AndroidManifest.xml" in around:
        return PROGRAM
    if b"[Content_Types].xml" in around:
        for folder, plain, with_macros in _PARTS:
            if folder in around:
                return with_macros if b"vbaProject.bin" in around else plain
    if content[30:38] == b"mimetype":
        declared = content[38:138].partition(b"PK")[0].decode("ascii", errors="replace")
        if declared.startswith("application/vnd.oasis.opendocument.") and declared.replace(".", "").isprintable():
            return declared[:100]
    return "application/zip"


def _markup(head: bytes) -> str:
    start = _without_mark(head)[:4096].lstrip(b" \t\r\n\x0c\x00").replace(b"\x00", b"").lower()
    if not start.startswith(b"<"):
        return ""
    if b"<svg" in start:
        return "image/svg+xml"
    if any(mark in start for mark in _MARKUP):
        return "text/html"
    return "text/xml" if start.startswith(b"<?xml") else ""


def _without_mark(head: bytes) -> bytes:
    return next((head[len(mark) :] for mark in _BOMS if head.startswith(mark)), head)


def _is_text(head: bytes) -> bool:
    """Text of UTF-8, UTF-16 with its mark, or a one-byte encoding without control characters."""
    if head.startswith(_BOMS[1:]):
        return True
    return not any(byte < 32 and byte not in b"\t\n\r\x0c\x1b" for byte in head)


def _by_library(head: bytes) -> str:
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    best = next((match.mime_type for match in found if match.mime_type and match.confidence >= 0.5), UNKNOWN)
    return UNKNOWN if is_active(best) or not best.isascii() else best.lower()[:100]
