"""A small program of its own that turns a page into a PDF: `python -m crm.reports.printing`, a Job on standard input.

WeasyPrint and the chart library are heavy (150 MB, a second to import) and hold the interpreter while they work. In a
process that ends afterwards they burden neither the web server nor the worker's other tasks. It reads no file but the
fonts and opens no connection.
"""

from __future__ import annotations

import gc
import os
import sys
from datetime import datetime
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from typing import Any, Literal

import msgspec

from crm.web.fonts import INTER, faces_in_print

FONT_FAMILY = "Nahbar Inter"


class Attached(msgspec.Struct):
    """A file within the PDF."""

    name: str
    description: str
    content: bytes


class Chart(msgspec.Struct):
    """A Vega-Lite specification, and what it shows, in words. The page shows it as an image at the address `chart:<name>`."""

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
    """The PDF: PDF/A-3a for the archive (ISO 19005-3) and PDF/UA-1 for screen readers (ISO 14289-1) in one file. Another process draws
    the charts while this one imports, reads the page and its style, and waits only where the first of them is to be placed."""
    os.environ["SOURCE_DATE_EPOCH"] = str(int(job.made_at.timestamp()))
    ours, theirs = Pipe(duplex=False)
    Process(target=_draw_for, args=(theirs, job), daemon=True).start()
    theirs.close()
    return _written(job, Drawings(ours))


def _draw_for(waiting: Connection, job: Job) -> None:
    """Draw and end; whoever no longer waits ends this process too."""
    waiting.send(drawings(job))


def drawings(job: Job) -> dict[str, str]:
    """Each chart as SVG. Data from elsewhere are refused."""
    import vl_convert

    vl_convert.register_font_directory(str(INTER.parent))
    return {
        name: vl_convert.vegalite_to_svg(
            chart.spec, vl_version="5.21", allowed_base_urls=[], format_locale=job.format_locale
        )
        for name, chart in job.charts.items()
    }


class Drawings:
    """The charts, as soon as they have been drawn."""

    def __init__(self, drawn: Connection) -> None:
        self._drawn = drawn
        self._by_name: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if not self._by_name:
            self._by_name = self._drawn.recv()
        return self._by_name[name]


def _written(job: Job, charts: Drawings) -> bytes:
    from weasyprint import HTML, Attachment
    from weasyprint.text.fonts import FontConfiguration

    from crm.reports.archiving import adapt_metadata, finish

    made = f"{job.made_at:%Y-%m-%dT%H:%M:%S}Z"
    document = HTML(string=job.page, base_url=None, url_fetcher=_fetcher(charts)).render(
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


def _fetcher(charts: Drawings) -> Any:
    """Fetches the font, the charts and what the page itself holds (the logo), and refuses every other address. A report without one of
    its charts is none."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    faces = {address for address, _weight in faces_in_print()}

    class OwnOnly(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url in faces or url.startswith("data:"):
                return super().fetch(url, headers)
            if url.startswith("chart:"):
                try:
                    return URLFetcherResponse(
                        url, charts[url.removeprefix("chart:")], {"Content-Type": "image/svg+xml"}
                    )
                except (EOFError, KeyError) as error:
                    raise FatalURLFetchingError(f"the charts could not be drawn: {url}") from error
            raise ValueError(f"A report reaches for nothing outside: {url[:200]}")

    return OwnOnly()


def main() -> None:
    gc.disable()  # looking for cycles takes a tenth of the time and frees next to nothing before the process ends
    sys.stdout.buffer.write(printed(msgspec.json.decode(sys.stdin.buffer.read(), type=Job)))


if __name__ == "__main__":
    main()
