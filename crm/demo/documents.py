"""Documents of the demo company: an offer or a floor plan for one customer in four, as small PDFs that can be opened."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from crm.demo.customers import Portrait
from crm.demo.draw import Draw
from crm.demo.rows import Rows
from crm.demo.texts import PRODUCTS
from crm.demo.world import World

SHARE = 0.25
SECOND_SHARE = 0.3
MARGIN, TOP, LEADING = 72, 760, 22
"""Where the text stands on the page, in points from the left and from below."""

_TITLES = {
    "de": ("Angebot", "Auftragsbestätigung", "Aufmaß"),
    "en": ("Quotation", "Order confirmation", "Measurements"),
}
_LINES = {
    "de": ("für {name}", "Gegenstand: {product}", "Alle Angaben sind erfunden."),
    "en": ("for {name}", "Subject: {product}", "All of this is made up."),
}


class Documents:
    """Writes the documents customer by customer."""

    def __init__(self, world: World, rows: Rows, draw: Draw) -> None:
        self.world, self.rows, self.draw = world, rows, draw

    def tell(self, customer: Portrait) -> None:
        draw = self.draw
        if customer.status == "former" or not draw.chance(SHARE):
            return
        for n in range(1 + draw.chance(SECOND_SHARE)):
            self._attach(customer, n)

    def _attach(self, customer: Portrait, n: int) -> None:
        draw, days = self.draw, self.world.days
        title = _TITLES[customer.language][(draw.between(0, 1) + n) % 3]
        number = f"{draw.between(2024, 2026)}-{customer.id:05d}"
        product = draw.pick(PRODUCTS[customer.language])
        lines = [line.format(name=customer.name, product=product) for line in _LINES[customer.language]]
        content = pdf(f"{title} {number}-{n + 1}", lines)
        digest = hashlib.sha256(content).hexdigest()
        at = days.moment(draw, max(customer.created_at, days.begin), days.end - timedelta(days=1))
        file = self.rows.add("stored_file", digest, len(content), "application/pdf", at)
        self.rows.add("file_chunk", file, 0, content)
        self.rows.add(
            "document", customer.id, None, f"{title} {number}.pdf", digest, len(content), "application/pdf", at, customer.owner,
            "", 1,
        )  # fmt: skip


def pdf(heading: str, lines: list[str]) -> bytes:
    """One page of plain text (ISO 32000-1, 7.5): a heading and lines below it, in a typeface that every reader has."""
    text = f"BT /F1 18 Tf {MARGIN} {TOP} Td ({_escaped(heading)}) Tj /F1 11 Tf"
    text += "".join(f" 0 -{LEADING} Td ({_escaped(line)}) Tj" for line in lines) + " ET"
    stream = text.encode("cp1252", "replace")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    written, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return written + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
