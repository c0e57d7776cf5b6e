"""What a file is, by its content; and what is left of its name."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from crm.files.names import LONGEST_NAME, clean_name, disposition
from crm.files.sniffing import PROGRAM, UNKNOWN, is_active, media_type_of
from crm.files.words import size_text, type_name
from crm.web.i18n import speaking

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"
OFFICE = "application/vnd.openxmlformats-officedocument."
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


def archive(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return held.getvalue()


def workbook() -> bytes:
    held = io.BytesIO()
    openpyxl.Workbook().save(held)
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (PDF, "a.pdf", "application/pdf"),
        (b"\xef\xbb\xbf\n" + PDF, "a.pdf", "application/pdf"),
        (PNG, "a.pdf", "image/png"),
        (b"GIF89a\x01\x00", "a.gif", "image/gif"),
        (b"\xff\xd8\xff\xe0<script>alert(1)</script>", "a.html", "image/jpeg"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "vertrag.pdf", "text/html"),
        (b"  \r\n\t<ScRiPt>alert(1)</script>", "a.txt", "text/html"),
        (b"\xef\xbb\xbf<html>", "a.csv", "text/html"),
        ("\ufeff<html>".encode("utf-16-le"), "a.txt", "text/html"),
        (b"<html>%PDF-1.7", "a.pdf", "text/html"),
        (b"<!-- x --><b>hallo</b>", "a.txt", "text/html"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "logo.png", "image/svg+xml"),
        (b"<svg onload=alert(1)>", "logo.png", "image/svg+xml"),
        (b'<?xml version="1.0"?><invoice/>', "rechnung.xml", "text/xml"),
        (workbook(), "a.xlsx", OFFICE + "spreadsheetml.sheet"),
        (archive("[Content_Types].xml", "word/document.xml"), "x", OFFICE + "wordprocessingml.document"),
        (archive("[Content_Types].xml", "xl/vbaProject.bin"), "a.xlsx", "application/vnd.ms-excel.sheet.macroenabled.12"),
        (archive("a.txt"), "a.zip", "application/zip"),
        (archive("META-INF/MANIFEST.MF", "A.class"), "a.zip", PROGRAM),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 99, "a.xls", "application/vnd.ms-excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 99, "a.bin", "application/x-ole-storage"),
        (b"MZ\x90\x00", "rechnung.pdf", PROGRAM),
        (b"\x7fELF", "x", PROGRAM),
        (b"#!/bin/sh", "x.txt", PROGRAM),
        (b"Guten Tag", "x.js", PROGRAM),
        (b"Guten Tag", "x.pdf.EXE", PROGRAM),
        ("Grüße".encode(), "a.txt", "text/plain"),
        ("Grüße".encode("cp1252"), "a.csv", "text/csv"),
        (b"BEGIN:VCARD", "a.vcf", "text/vcard"),
        (b"\x00\x01\x02\x03\x04", "a.pdf", UNKNOWN),
        (b"ID3\x03\x00\x00\x00\x00\x00\x00", "a.mp3", "audio/mpeg"),
    ],
)  # fmt: skip
def test_a_file_is_what_it_contains(content: bytes, name: str, kind: str) -> None:
    assert media_type_of(content, name) == kind


def test_pages_and_drawings_are_active_and_documents_are_not() -> None:
    assert is_active("text/html")
    assert is_active("image/svg+xml")
    assert not is_active("application/pdf")


def test_a_bomb_is_never_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """4 GB of nothing, packed into 4 MB: the type is read from the names that stand beside it."""

    def explode(*_arguments: object, **_keywords: object) -> None:
        raise AssertionError("unpacked")

    content = archive("[Content_Types].xml", "xl/workbook.xml") + b"\x00" * 10_000
    monkeypatch.setattr(zipfile, "ZipFile", explode)
    monkeypatch.setattr("zlib.decompressobj", explode)
    assert "spreadsheetml" in media_type_of(content, "a.xlsx")


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Angebot Größmann.pdf", "Angebot Größmann.pdf"),
        ("Gro\u0308ße 🏡.pdf", "Größe 🏡.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Anna\\Plan.pdf", "Plan.pdf"),
        ("..\\..\\x.pdf", "x.pdf"),
        ("rechnung\u202efdp.exe", "rechnungfdp.exe"),
        ("a\x00b\r\nSet-Cookie: x.pdf", "abSet-Cookie_ x.pdf"),
        ('a"b<c>.pdf', "a_b_c_.pdf"),
        ("  viel   Platz .pdf ", "viel Platz .pdf"),
        ("\ud800x.pdf", "_x.pdf"),
    ],
)
def test_names_lose_what_leads_astray(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean


@pytest.mark.parametrize("raw", ["", "...", "/", "\u202e", "   ", "\x00"])
def test_a_name_of_which_nothing_is_left_gets_one(raw: str) -> None:
    with speaking("de"):
        assert clean_name(raw) == "Dokument"


def test_a_name_of_300_characters_keeps_its_suffix() -> None:
    name = clean_name("ä" * 300 + ".pdf")
    assert len(name) == LONGEST_NAME
    assert name.endswith("ä….pdf")


def test_the_header_holds_any_name_in_ascii() -> None:
    header = disposition('Größe "🏡";.pdf')
    assert header.isascii()
    assert header.startswith('attachment; filename="Grosse ')
    assert header.count('"') == 2
    assert header.endswith("filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%22%F0%9F%8F%A1%22%3B.pdf")
    assert "\r" not in disposition("a\r\nb")


def test_sizes_and_kinds_are_said_in_words() -> None:
    with speaking("de"):
        assert [size_text(n) for n in (0, 999, 12_400, 3_400_000)] == ["0 Bytes", "999 Bytes", "12 KB", "3,4 MB"]
        assert type_name("application/pdf") == "PDF"
        assert type_name("text/html") == "Webseite"
        assert type_name("application/octet-stream") == "Datei"
