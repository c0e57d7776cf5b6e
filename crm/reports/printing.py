"""A small program of its own that turns a page into a PDF: `python -m crm.reports.printing`, a Job on standard input.

WeasyPrint and the chart library are heavy (150 MB, a second to import) and hold the interpreter while they work. In a
process that ends afterwards they burden neither the web server nor the worker's other tasks. It reads no file but the
fonts and opens no connection.
"""

from __future__ import annotations

import gc
import html
import os
import re
import sys
from datetime import datetime
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from typing import Any, Literal

import msgspec

from crm.web.fonts import INTER, faces_in_print

CHART = re.compile(r"@@chart:([a-z_]+)@@")
"""Where a chart belongs in the page."""

FONT_FAMILY = "Nahbar Inter"


class Attached(msgspec.Struct):
    """A file within the PDF."""

    name: str
    description: str
    content: bytes


class Chart(msgspec.Struct):
    """A Vega-Lite specification, and what it shows, in words."""

    spec: dict[str, Any]
    title: str


class Job(msgspec.Struct):
    """What is to be printed. `made_at` is the only time that the PDF names, so that the same job gives the same bytes."""

    page: str
    charts: dict[str, Chart]
    attached: list[Attached]
    made_at: datetime
    format_locale: Literal["de-DE", "en-GB"]


def printed(job: Job) -> bytes:
    """The PDF: PDF/A-3a for the archive (ISO 19005-3) and PDF/UA-1 for screen readers (ISO 14289-1) in one file."""
    os.environ["SOURCE_DATE_EPOCH"] = str(int(job.made_at.timestamp()))
    ours, theirs = Pipe(duplex=False)
    Process(target=_draw_for, args=(theirs, job)).start()
    theirs.close()
    import weasyprint  # noqa: F401 - imports while the charts are drawn, by a process: a thread would hold the interpreter

    try:
        drawings_by_name: dict[str, str] = ours.recv()
    except EOFError:
        raise RuntimeError("the charts could not be drawn") from None
    return _written(CHART.sub(lambda match: drawings_by_name[match[1]], job.page), job)


def _draw_for(waiting: Connection, job: Job) -> None:
    """Draw and end, whether anybody still waits or not."""
    waiting.send(drawings(job))


def drawings(job: Job) -> dict[str, str]:
    """Each chart as inline SVG that names itself for those who don't see it. Data from elsewhere are refused."""
    import vl_convert

    vl_convert.register_font_directory(str(INTER.parent))
    found = {}
    for name, chart in job.charts.items():
        svg = vl_convert.vegalite_to_svg(
            chart.spec, vl_version="5.21", allowed_base_urls=[], format_locale=job.format_locale
        )
        start = svg.index(">", svg.index("<svg")) + 1
        found[name] = f"{svg[:start]}<title>{html.escape(chart.title)}</title>{svg[start:]}"
    return found


def _written(page: str, job: Job) -> bytes:
    from weasyprint import HTML, Attachment
    from weasyprint.text.fonts import FontConfiguration

    from crm.reports.archiving import adapt_metadata, finish

    made = f"{job.made_at:%Y-%m-%dT%H:%M:%S}Z"
    document = HTML(string=page, base_url=None, url_fetcher=_own_font_only()).render(
        font_config=FontConfiguration(), pdf_variant="pdf/a-3a"
    )
    document.metadata.created = document.metadata.modified = made
    document.metadata.attachments = [
        Attachment(string=one.content, name=one.name, description=one.description, relationship="Data",
                   created=job.made_at, modified=job.made_at)
        for one in job.attached
    ]  # fmt: skip
    adapt_metadata(document.metadata)
    pdf: bytes = document.write_pdf(finisher=finish, pdf_variant="pdf/a-3a")
    return pdf


def _own_font_only() -> Any:
    """Fetches the font and what the page itself holds (the logo), and refuses every other address."""
    from weasyprint.urls import URLFetcher

    faces = {address for address, _weight in faces_in_print()}

    class OwnFontOnly(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url in faces or url.startswith("data:"):
                return super().fetch(url, headers)
            raise ValueError(f"A report reaches for nothing outside: {url[:200]}")

    return OwnFontOnly()


def main() -> None:
    gc.disable()  # looking for cycles takes a tenth of the time and frees next to nothing before the process ends
    sys.stdout.buffer.write(printed(msgspec.json.decode(sys.stdin.buffer.read(), type=Job)))


if __name__ == "__main__":
    main()
