"""The printed pages before a judge of accessibility (outloud: PDF/UA-1, ISO 14289-1, and what no validator sees).

The judge has an environment of its own, which `make pdf-checker` makes and `make check` asks for; without it these are skipped."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from crm.database import fetch_value
from crm.files.queries import file_named
from crm.privacy.activities.printing import print_record
from crm.reports.actions import print_pdf
from crm.reports.dashboard.asking import Asked
from crm.reports.figures import figures_of
from crm.reports.figures_targets import Targets
from crm.reports.page import Letterhead, print_job
from crm.reports.places.paper import place_job
from crm.reports.places.queries import figures_of_place, place_named
from crm.reports.places.shape import Sort
from crm.reports.printing import Job
from crm.reports.spans import Span
from crm.web.i18n import speaking
from tests.cast import Cast
from tests.reports.world import BERLIN, EDGES, World

JUDGE = Path(__file__).parents[2] / ".venv-pdf" / "bin" / "outloud"
OCTOBER = date(2026, 10, 1)
AFTER = EDGES[2] + timedelta(days=1)
COMPANY = Letterhead("Größmann & Söhne Küchen GmbH")

pytestmark = pytest.mark.skipif(not JUDGE.is_file(), reason="outloud is not installed: make pdf-checker")


def assert_no_error(*files: Path) -> None:
    for file in files:
        judged = subprocess.run([JUDGE, "--no-info", file], capture_output=True, text=True, check=False, timeout=120)
        assert judged.returncode == 0, judged.stdout + judged.stderr
        assert "PDF/UA-1 checkpoints" in judged.stdout


@pytest.mark.parametrize("language", ["de", "en"])
async def test_the_monthly_report_reads_aloud_without_error(cast: Cast, tmp_path: Path, language: str) -> None:
    empty = await figures_of(OCTOBER, now=AFTER, zone=BERLIN)
    await World(5, cast).fill(contacts=900, answers=400, tickets=150, events=120)
    full = await figures_of(OCTOBER, now=AFTER, zone=BERLIN)
    targets = Targets(nps=30, promises=95, first_contact=70)
    months = {"empty": empty, "full": full, "with-targets": replace(full, targets=targets)}
    files = []
    for name, figures in months.items():
        file = tmp_path / f"{name}.pdf"
        file.write_bytes(await print_pdf(print_job(figures, COMPANY, lang=language)))
        files.append(file)
    assert_no_error(*files)


async def test_a_table_of_one_line_reads_aloud_without_error(tmp_path: Path) -> None:
    page = (
        '<html lang="de"><head><title>Anfragen nach Thema</title></head><body><h1>Anfragen nach Thema</h1><table><thead><tr>'
        '<th scope="col">Thema</th><th scope="col">Anfragen</th><th scope="col">September</th></tr></thead>'
        '<tbody><tr><th scope="row">Lieferung</th><td>13</td><td>7</td></tr></tbody></table></body></html>'
    )
    file = tmp_path / "one-line.pdf"
    file.write_bytes(await print_pdf(Job(page, {}, [], AFTER, "de-DE")))
    assert_no_error(file)


async def test_a_department_s_pages_read_aloud_without_error(cast: Cast, tmp_path: Path) -> None:
    await World(5, cast).fill(contacts=300, answers=150, tickets=40, events=60)
    october, file = Asked(Span.of_month(OCTOBER)), tmp_path / "department.pdf"
    with speaking("de"):
        place = await place_named(Sort.DEPARTMENT, "Logistik")
        figures = await figures_of_place(place, october, AFTER)
        file.write_bytes(await print_pdf(place_job(figures, october, COMPANY, code="de", now=AFTER)))
    assert_no_error(file)


async def test_the_record_of_processing_reads_aloud_without_error(cast: Cast, tmp_path: Path) -> None:
    files = []
    for language in ("de", "en"):
        made = await print_record(language, public_url="https://crm.example", by=cast.petra.id, now=AFTER)
        content = await file_named(await fetch_value("SELECT pdf_hash FROM processing_record WHERE id = $1", made))
        file = tmp_path / f"record-{language}.pdf"
        file.write_bytes(content.content)
        files.append(file)
    assert_no_error(*files)
