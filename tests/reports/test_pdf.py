"""The printed report itself: what a reader, a screen reader and an archive find in the file."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pikepdf
import pypdfium2
import pytest

from crm.reports.actions import print_pdf
from crm.reports.figures import figures_of
from crm.reports.figures_targets import Targets
from crm.reports.page import Edition, Letterhead, print_job
from crm.reports.printing import drawings
from crm.reports.shape import MonthFigures
from tests.cast import Cast
from tests.reports.world import BERLIN, EDGES, World

OCTOBER = date(2026, 10, 1)
AFTER = EDGES[2] + timedelta(days=1)
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
"""A picture of one pixel."""


@pytest.fixture
async def figures(cast: Cast) -> MonthFigures:
    await World(5, cast).fill(contacts=300, answers=250, tickets=60, events=40)
    return await figures_of(OCTOBER, now=AFTER, zone=BERLIN)


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    return re.sub(r"\s+", " ", text.replace("\ufffe", "-"))


def elements(node: Any) -> Iterator[Any]:
    """All structure elements below a node."""
    for kid in node.get("/K", []) if isinstance(node.get("/K"), pikepdf.Array) else [node.get("/K")]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from elements(kid)


async def test_every_chart_can_be_drawn_with_each_target_and_without_any(figures: MonthFigures) -> None:
    every = Targets(nps=30, promises=95, first_contact=70)
    names = set()
    for targets in (None, every):
        job = print_job(replace(figures, targets=targets), Letterhead("Küchen GmbH"), lang="de")
        names |= set(job.charts)
        assert set(drawings(job)) == set(job.charts)
    assert {"channels", "contacts_year", "satisfaction_year", "topics", "promises"} <= names


async def test_without_one_of_its_charts_there_is_no_report(figures: MonthFigures) -> None:
    job = print_job(figures, Letterhead("Küchen GmbH"), lang="de")
    page = job.page.replace("</body>", '<img src="chart:missing" alt="Fehlt"></body>')
    with pytest.raises(RuntimeError, match="could not be drawn"):
        await print_pdf(msgspec.structs.replace(job, page=page))


async def test_contents_are_lines_and_no_row_of_blanks(figures: MonthFigures) -> None:
    """What fills the space between a chapter and its page would be read out, blank by blank."""
    pdf = pikepdf.open(io.BytesIO(await print_pdf(print_job(figures, Letterhead("X"), lang="de"))))
    assert pdf.pages[0].Contents.read_bytes().count(b"BDC") < 120


async def test_the_german_report_says_what_the_figures_say(figures: MonthFigures) -> None:
    text = words_of(await print_pdf(print_job(figures, Letterhead("Größmann & Söhne <GmbH>"), lang="de")))
    assert "Größmann & Söhne <GmbH>" in text
    assert "Kontaktpunktbericht Oktober 2026" in text
    assert "Vorläufig" not in text
    assert f"hatten wir {figures.contacts} Kontakte mit Kunden" in text
    for heading in (
        "Der Monat auf einen Blick",
        "Die Reise Ihrer Kunden",
        "Schwächste Kontaktpunkte",
        "Momente der Wahrheit",
        "Eingehaltene Zusagen",
        "Was wir zugesagt und gehalten haben",
        "Angebote, neue und verlorene Kunden",
        "Einwilligungen und Datenschutz",
    ):
        assert heading in text
    assert "Wie die Zahlen gezählt sind" in text
    assert re.search(r"Seite 2 von \d", text)


async def test_the_english_report_has_no_german_in_it(figures: MonthFigures) -> None:
    text = words_of(await print_pdf(print_job(figures, Letterhead("Nordhaus Ltd"), lang="en")))
    assert "Touchpoint report October 2026" in text
    assert f"In October 2026 we had {figures.contacts} contacts with customers" in text
    for german in ("Kontakte", "Zufriedenheit", "Anfragen", "Stufe", "Seite", "Rechnung"):
        assert german not in text


async def test_a_running_month_is_marked_on_the_first_page_and_below_each(figures: MonthFigures) -> None:
    text = words_of(await print_pdf(print_job(replace(figures, is_provisional=True), Letterhead("X"), lang="de")))
    assert "Vorläufig: Stand" in text
    assert text.count("· vorläufig") >= 3


async def test_a_month_without_anything_is_still_a_report(cast: Cast) -> None:
    nothing = await figures_of(OCTOBER, now=AFTER, zone=BERLIN)
    text = words_of(await print_pdf(print_job(nothing, Letterhead(""), lang="de")))
    assert "wurde kein Kontakt mit Kunden festgehalten" in text
    assert "es gibt nichts zu zeichnen" in text
    assert "Es gingen keine Anfragen ein." in text
    assert "None" not in text


async def test_the_same_figures_give_the_same_bytes(figures: MonthFigures) -> None:
    job = print_job(figures, Letterhead("X"), lang="de")
    first, second = await print_pdf(job), await print_pdf(job)
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()


async def test_the_file_is_for_archives_and_screen_readers(figures: MonthFigures) -> None:
    pdf = pikepdf.open(io.BytesIO(await print_pdf(print_job(figures, Letterhead("X"), lang="de"))))
    about = pdf.Root.Metadata.read_bytes().decode()
    assert 'pdfaid:part="3"' in about
    assert "<pdfuaid:part>1</pdfuaid:part>" in about
    assert about.count("</rdf:RDF>") == 1
    assert str(pdf.Root.Lang) == "de"
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert "Kontaktpunktbericht Oktober 2026" in str(pdf.docinfo["/Title"])
    assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"


async def test_every_picture_is_told_and_every_table_head_has_its_scope(figures: MonthFigures) -> None:
    pdf = pikepdf.open(io.BytesIO(await print_pdf(print_job(figures, Letterhead("X", DOT, "image/png"), lang="de"))))
    found = list(elements(pdf.Root.StructTreeRoot))
    kinds = {str(one.S) for one in found}
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure", "/P"} <= kinds
    pictures = [one for one in found if one.S == "/Figure"]
    assert len(pictures) >= 4
    assert all(str(one.Alt) for one in pictures)
    heads = [one for one in found if one.S == "/TH"]
    assert {str(one.A.Scope) for one in heads} == {"/Column", "/Row"}


async def test_running_heads_are_no_content(figures: MonthFigures) -> None:
    """Each marked content belongs to an element that the tree reaches, or is an artifact (ISO 14289-1, 7.1)."""
    pdf = pikepdf.open(io.BytesIO(await print_pdf(print_job(figures, Letterhead("X"), lang="de"))))
    reached = {one.objgen for one in elements(pdf.Root.StructTreeRoot)}
    numbers = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
    for number, page in enumerate(pdf.pages):
        owners = numbers[numbers.index(number) + 1]
        marked = [
            int(operands[1].MCID) for operands, operator in pikepdf.parse_content_stream(page)
            if str(operator) == "BDC" and "/MCID" in operands[1]
        ]  # fmt: skip
        assert marked
        assert all(owners[one].objgen in reached for one in marked)
        paginations = [
            operands for operands, operator in pikepdf.parse_content_stream(page)
            if str(operator) == "BDC" and str(operands[0]) == "/Artifact" and operands[1].get("/Type") == "/Pagination"
        ]  # fmt: skip
        assert len(paginations) >= (0 if number == 0 else 3), "the cover alone has no running head"


async def test_only_our_own_font_is_inside(figures: MonthFigures) -> None:
    pdf = pikepdf.open(io.BytesIO(await print_pdf(print_job(figures, Letterhead("X"), lang="de"))))
    names = {str(font.BaseFont) for page in pdf.pages for font in page.Resources.Font.values()}
    assert names
    assert all("Inter" in name for name in names), names


async def test_the_figures_are_attached_as_a_table_and_as_json(figures: MonthFigures) -> None:
    pdf = pikepdf.open(io.BytesIO(await print_pdf(print_job(figures, Letterhead("X"), lang="de"))))
    assert list(pdf.attachments) == ["Kontaktpunktbericht-2026-10.csv", "Kontaktpunktbericht-2026-10.json"]
    assert len(pdf.Root.AF) == 2
    assert [str(one.AFRelationship) for one in pdf.Root.AF] == ["/Data", "/Data"]
    assert [str(one.EF.F.Subtype) for one in pdf.Root.AF] == ["/text/csv", "/application/json"]
    told = msgspec.json.decode(pdf.attachments["Kontaktpunktbericht-2026-10.json"].get_file().read_bytes())
    assert msgspec.convert(told["figures"], MonthFigures) == figures
    assert told["definitions"]["contacts"]["name"] == "Kontakte"
    attached = pdf.attachments["Kontaktpunktbericht-2026-10.csv"].get_file().read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(attached), delimiter=";"))
    total = next(row for row in rows if row["Abschnitt"] == "Auf einen Blick" and row["Kennzahl"] == "Kontakte")
    assert int(total["Wert"]) == figures.contacts
    assert figures.satisfaction is not None
    mean = next(row for row in rows if row["Abschnitt"] == "Auf einen Blick" and row["Kennzahl"] == "Zufriedenheit")
    assert float(mean["Wert"].replace(",", ".")) == pytest.approx(figures.satisfaction.value, abs=0.001)
    assert int(mean["Antworten"]) == figures.satisfaction.n


async def test_a_report_reaches_for_nothing_outside(figures: MonthFigures, tmp_path: Path) -> None:
    visitors: list[str] = []

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visitors.append("somebody")
        writer.close()

    server = await asyncio.start_server(visit, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    (tmp_path / "dot.png").write_bytes(DOT)
    pictures = f'<img src="{(tmp_path / "dot.png").as_uri()}" alt="x"><img src="http://127.0.0.1:{port}/x.png" alt="y">'
    job = print_job(figures, Letterhead("X"), lang="de")
    async with server:
        pdf = pikepdf.open(
            io.BytesIO(await print_pdf(msgspec.structs.replace(job, page=job.page.replace("<h1>", pictures + "<h1>"))))
        )
    assert visitors == []
    assert pictures_in(pdf) == []


async def test_the_logo_is_printed(figures: MonthFigures) -> None:
    pdf = pikepdf.open(io.BytesIO(await print_pdf(print_job(figures, Letterhead("X", DOT, "image/png"), lang="de"))))
    assert pictures_in(pdf)


def pictures_in(pdf: pikepdf.Pdf) -> list[Any]:
    return [one for page in pdf.pages for one in page.Resources.get("/XObject", {}).values() if one.Subtype == "/Image"]


async def test_data_from_elsewhere_in_a_chart_fail_loudly(figures: MonthFigures) -> None:
    job = print_job(figures, Letterhead("X"), lang="de")
    job.charts["channels"].spec["data"] = {"url": "http://127.0.0.1:9/data.json"}
    with pytest.raises(RuntimeError, match="printing ended"):
        await print_pdf(job)


NAMES = (
    "Ein sehr langer Name " + "und noch ein Wort " * 15, "Donaudampfschifffahrtsgesellschaft" * 9, "مركز خدمة العملاء", "Kasse 😀",
)  # fmt: skip


async def test_two_hundred_touchpoints_and_strange_names_stay_on_the_sheet(figures: MonthFigures) -> None:
    one = next(one for one in figures.touchpoints if one.satisfaction and one.contacts)
    many = [
        replace(
            one,
            code=f"t{n}",
            name_de=NAMES[n // 10 % 4] if n % 10 == 0 else f"Kontaktpunkt {n}",
            is_moment_of_truth=n % 7 == 0,
        )
        for n in range(200)
    ]
    job = print_job(
        replace(figures, touchpoints=many),
        Letterhead("Größmann مركز 😀 " * 20),
        lang="de",
        edition=Edition(2, "Berichtigt. " * 20),
    )
    pdf = await print_pdf(job)
    text = words_of(pdf)
    assert "Kontaktpunkt 199" in text
    assert "160 weitere Kontaktpunkte mit Antworten stehen nur in der Tabelle." in text
    for page in pypdfium2.PdfDocument(pdf):
        width, height = page.get_size()
        written = page.get_textpage()
        for number in range(written.count_rects()):
            left, bottom, right, top = written.get_rect(number)
            assert left > 0
            assert bottom > 0
            assert right < width
            assert top < height


async def test_the_contents_lead_to_the_chapters_and_bookmarks_name_them(figures: MonthFigures) -> None:
    file = await print_pdf(print_job(figures, Letterhead("X", colour="#ffd500"), lang="de"))
    pdf = pikepdf.open(io.BytesIO(file))
    with pdf.open_outline() as outline:
        named = [kid.title for one in outline.root for kid in one.children]
    assert named[0] == "Der Monat auf einen Blick"
    assert named[-1] == "Wie die Zahlen gezählt sind"
    links = [one for one in pdf.pages[0].get("/Annots", []) if one.get("/Subtype") == "/Link"]
    assert len(links) == len(named)
    cover = pypdfium2.PdfDocument(file)[0].get_textpage().get_text_bounded()
    assert re.search(r"Der Monat auf einen Blick\s+2\b", cover)
