"""Files as offices, telephones and strangers write them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest

from crm.records import reading_workbook
from crm.records.reading import Choices, FileKind, FileProblem, RawRow, open_table
from crm.records.text_files import encoding_of
from tests.records.conftest import Write


def rows_of(path: Path, choices: Choices | None = None) -> list[RawRow]:
    return list(open_table(path, choices).rows())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "cp850", "mac_roman", "utf-16-le"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_files_of_every_office_are_read(write: Write, encoding: str, separator: str) -> None:
    text = (
        separator.join(("Name", "Ort"))
        + "\r\n"
        + separator.join(("Müller & Söhne", "Köln"))
        + "\r\n"
        + separator.join(("Weiß", "Überlingen"))
    )
    table = open_table(write(text, encoding=encoding))
    assert table.kind is FileKind.CSV
    assert table.columns == ("Name", "Ort")
    assert [row.cells for row in table.rows()] == [("Müller & Söhne", "Köln"), ("Weiß", "Überlingen")]


def test_lines_are_those_of_the_file_even_with_breaks_inside_of_values(write: Write) -> None:
    rows = rows_of(write('sep=;\nName;Notiz\n\nErste;"zwei\nZeilen"\nZweite;\n'))
    assert [(row.line, row.cells) for row in rows] == [(4, ("Erste", "zwei\nZeilen")), (6, ("Zweite", ""))]


def test_mixed_encodings_are_named_with_row_and_column_and_shown_as_meant(write: Write) -> None:
    good = "Name;Ort\n" + "Müller;Köln\n" * 3
    rows = rows_of(write(good.encode() + "Meier;Nürnberg\n".encode("cp1252")))
    assert [row.fault for row in rows[:3]] == [None] * 3
    assert rows[3].line == 5
    assert rows[3].fault is not None
    assert (rows[3].fault.code, rows[3].fault.column) == ("mixed_encoding", 1)
    assert rows[3].cells == ("Meier", "Nürnberg")
    other = rows_of(write(good.encode("cp1252") + "Größmann;Köln\n".encode(), "b.csv"))
    assert other[3].fault is not None
    assert other[3].fault.parameters["meant"] == "Größmann"
    assert other[3].cells == ("Größmann", "Köln")


def test_a_row_with_too_many_values_is_named(write: Write) -> None:
    fault = rows_of(write("Name;Ort\nMüller;Köln;zu viel\n"))[0].fault
    assert fault is not None
    assert (fault.code, fault.parameters) == ("too_many_cells", {"n": 3, "columns": 2})


def test_a_quotation_mark_that_is_never_closed_is_named_with_its_line(write: Write) -> None:
    rows = rows_of(write('Name;Ort\nErste;Köln\n"Zweite;Bonn\nDritte;Ulm\n'))
    assert rows[1].line == 3
    assert rows[1].fault is not None
    assert rows[1].fault.code == "unclosed_quote"
    with pytest.raises(FileProblem) as problem:
        rows_of(write('Name;Ort\nErste;"' + "x;y\n" * 100_000, "lang.csv"))
    assert (problem.value.code, problem.value.parameters) == ("unclosed_quote", {"line": 2})


def test_a_line_without_end_is_refused_before_it_fills_the_memory(write: Write) -> None:
    with pytest.raises(FileProblem) as problem:
        rows_of(write(b"Name;Ort\n" + b"x" * 3_000_000))
    assert problem.value.code in ("line_too_long", "unclosed_quote")


def test_500_columns_are_read_and_5000_are_refused(write: Write) -> None:
    wide = open_table(write(";".join(f"Spalte {n}" for n in range(500)) + "\n" + ";".join("x" * 500) + "\n"))
    assert len(wide.columns) == 500
    assert len(next(iter(wide.rows())).cells) == 500
    with pytest.raises(FileProblem) as problem:
        open_table(write(";".join(f"c{n}" for n in range(5000)) + "\n1\n", "b.csv"))
    assert problem.value.parameters["n"] == 5000


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty"), (b"\xef\xbb\xbf \r\n", "empty"), (b"%PDF-1.7 ...", "no_table"), (b"\x89PNG\r\n\x1a\n", "no_table"),
     (b"PK\x03\x04broken", "workbook_broken")],
)  # fmt: skip
def test_what_is_no_table_is_refused_whatever_its_name(write: Write, content: bytes, code: str) -> None:
    with pytest.raises(FileProblem) as problem:
        open_table(write(content, "kunden.csv"))
    assert problem.value.code == code


def test_encoding_and_separator_can_be_chosen_by_hand(write: Write) -> None:
    path = write("Name:Ort\nМиллер:Köln\n".replace("ö", "o"), encoding="cp1251")
    table = open_table(path, Choices("cp1251", ":"))
    assert next(iter(table.rows())).cells == ("Миллер", "Koln")
    with pytest.raises(FileProblem):
        open_table(path, Choices("klingonisch"))


@pytest.mark.parametrize("encoding", ["utf-16", "idna", "undefined", "base64", "a\x00b"])
def test_an_encoding_that_the_file_cannot_have_is_refused(write: Write, encoding: str) -> None:
    with pytest.raises(FileProblem) as told:
        rows_of(write("Name;Ort\nÄnne+-;Köln\n"), Choices(encoding=encoding))
    assert told.value.code in ("wrong_encoding", "unknown_encoding")


def test_half_a_letter_of_utf_16_is_refused(write: Write) -> None:
    with pytest.raises(FileProblem) as told:
        rows_of(write(b"\xff\xfe" + "Name\nBerg\n".encode("utf-16-le")[:-1]))
    assert told.value.code == "wrong_encoding"


def test_the_encoding_of_german_letters_is_found(write: Write) -> None:
    for encoding in ("cp1252", "cp850", "mac_roman"):
        assert encoding_of(write("Größmann;Müller;Käthe;Straße\n", encoding=encoding)) == encoding


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "Leer"
    sheet = book.create_sheet("Kunden")
    sheet.append(["Name", "PLZ", "Geburtsdatum", "Betrag"])
    sheet.append(["Größmann", 1067, "1975-04-12", 12.5])
    sheet.append([None, None, None, None])
    sheet.append(["Yıldız", 90403, None, True])
    book.save(path)
    return path


def test_the_first_sheet_with_rows_is_read_with_the_numbers_of_its_rows(tmp_path: Path) -> None:
    table = open_table(workbook(tmp_path / "kunden.xlsx"))
    assert (table.kind, table.about, table.sheets) == (FileKind.WORKBOOK, {"sheet": "Kunden"}, ("Leer", "Kunden"))
    assert [(row.line, row.cells) for row in table.rows()] == [
        (2, ("Größmann", "1067", "1975-04-12", "12.5")), (4, ("Yıldız", "90403", "", "true")),
    ]  # fmt: skip
    with pytest.raises(FileProblem) as problem:
        open_table(tmp_path / "kunden.xlsx", Choices(sheet="Lieferanten"))
    assert problem.value.code == "no_such_sheet"


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    bomb = workbook(tmp_path / "bombe.xlsx")
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as packed, packed.open("xl/mehr.xml", "w") as member:
        for _n in range(reading_workbook.MOST_UNPACKED // 10_000_000 + 2):
            member.write(b"0" * 10_000_000)
    assert bomb.stat().st_size < 2_000_000
    with pytest.raises(FileProblem) as problem:
        open_table(bomb)
    assert problem.value.code == "workbook_too_large"


def test_a_cell_at_the_end_of_the_sheet_does_not_fill_the_memory(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "Name"
    book.active["XFD1048576"] = "weit weg"
    book.save(tmp_path / "weit.xlsx")
    with pytest.raises(FileProblem) as problem:
        open_table(tmp_path / "weit.xlsx")
    assert problem.value.code == "workbook_too_large"


OUTLOOK = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\n"
    "N;LANGUAGE=de;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller-L=\r\n=C3=BCdenscheidt;Anna;;Dr.\r\n"
    "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Dr. Anna M=C3=BCller\r\n"
    "ORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Gr=C3=B6=C3=9Fmann GmbH;Vertrieb\r\nTITLE:Leiterin\r\n"
    "TEL;WORK;VOICE:+49 911 1234567\r\nTEL;WORK;FAX:0911 999\r\n"
    "ADR;WORK;PREF;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;Lange Gasse 12=0D=0AHinterhaus;N=C3=BCrnberg;;90403;Deutschland\r\n"
    "EMAIL;PREF;INTERNET:anna@groessmann.example\r\nPHOTO;TYPE=JPEG;ENCODING=BASE64:\r\n /9j/4AAQSk\r\n AAAA\r\n\r\nREV:20260101T000000Z\r\nEND:VCARD\r\n"  # noqa: E501
)
IOS = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Yıldız;Emre;;;\r\nFN:Emre Yıldız\r\n"
    "item1.EMAIL;type=INTERNET;type=pref:emre@yildiz.example\r\nitem1.X-ABLabel:_$!<Work>!$_\r\n"
    "TEL;type=CELL;type=VOICE;type=pref:0171 2204512\r\nitem2.ADR;type=HOME;type=pref:;;Am Ring 3;Wien;;1010;Österreich\r\n"
    "item2.X-ABADR:at\r\nBDAY:1604-04-12\r\nNOTE:eine lange\\, gefaltete \r\n Notiz\r\nUID:abc-1\r\nEND:VCARD\r\n"
)
GOOGLE = (
    'BEGIN:VCARD\nVERSION:4.0\nFN:Karla Kolumna\nN:Kolumna;Karla;;;\nTEL;VALUE=uri;TYPE="voice,home":tel:+49-911-1234568\n'
    "CATEGORIES:Presse,Neustadt\nBDAY:19850412\nEMAIL:karla@zeitung.example\nEND:VCARD\n"
)
BROKEN = "BEGIN:VCARD\nVERSION:3.0\nFN:Ohne Ende\n"
FIRM = (
    "BEGIN:VCARD\nVERSION:3.0\nX-ABShowAs:COMPANY\nORG:Firma Nord;\nN:;;;;\nFN:Firma Nord\nTEL:040 123456\nEND:VCARD\n"
)


def test_cards_of_every_program_are_read_and_a_broken_one_hurts_no_other(write: Write) -> None:
    table = open_table(write(OUTLOOK + IOS + GOOGLE + BROKEN + FIRM, "kontakte.vcf"))
    rows = [
        ({name: cell for name, cell in zip(table.columns, row.cells, strict=True) if cell}, row) for row in table.rows()
    ]
    anna, emre, karla, broken, firm = (cells for cells, _row in rows)
    assert (anna["person_family_name"], anna["person_given_name"], anna["person_title"]) == (
        "Müller-Lüdenscheidt",
        "Anna",
        "Dr.",
    )
    assert (anna["name"], anna["person_function"], anna["person_phone"]) == (
        "Größmann GmbH",
        "Leiterin",
        "+49 911 1234567",
    )
    assert (anna["street"], anna["city"], anna["postcode"]) == ("Lange Gasse 12 Hinterhaus", "Nürnberg", "90403")
    assert emre["brief"] == "eine lange, gefaltete Notiz"
    assert (emre["person_email"], emre["person_external_id"], emre["country"]) == (
        "emre@yildiz.example",
        "abc-1",
        "Österreich",
    )
    assert "person_birthday" not in emre, "iOS writes 1604 for a year that it doesn't know"
    assert (karla["person_phone"], karla["person_birthday"], karla["tags"]) == (
        "+49-911-1234568",
        "1985-04-12",
        "Presse, Neustadt",
    )
    assert rows[3][1].fault is not None
    assert (rows[3][1].fault.code, broken["person_family_name"]) == ("card_not_closed", "Ohne Ende")
    assert (firm["kind"], firm["name"], firm["person_phone"]) == ("organisation", "Firma Nord", "040 123456")
