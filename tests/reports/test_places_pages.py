"""Departments and products in the browser, on paper and over the API: who sees them, what bad addresses get."""

from __future__ import annotations

import io
import re
from urllib.parse import quote

import pikepdf
import pypdfium2
import pytest

from crm.database import execute, fetch_value
from crm.reports.actions import print_pdf
from crm.reports.dashboard.asking import Asked
from crm.reports.paper import Letterhead
from crm.reports.places import handlers
from crm.reports.places.paper import file_name, place_job
from crm.reports.places.queries import figures_of_place, place_named, standings
from crm.reports.places.shape import Place, Sort
from crm.reports.printing import Job
from crm.reports.spans import Span
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast
from tests.reports.dealings import deal
from tests.reports.test_figures import LATER, OCTOBER
from tests.reports.world import World

MONTH = Asked(Span.of_month(OCTOBER))
PATHS = ("/dashboard/places", "/dashboard/place?department=Service", "/dashboard/place/pdf?department=Service")


@pytest.fixture
async def world(cast: Cast) -> World:
    made = World(7, cast)
    await made.fill(contacts=150, answers=150, tickets=50, events=2)
    await deal(made)
    return made


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """What was printed, without the printer."""
    found: list[Job] = []

    async def printed(job: Job) -> bytes:
        found.append(job)
        return b"%PDF-1.7"

    monkeypatch.setattr(handlers, "print_pdf", printed)
    return found


async def test_a_manager_looks_from_the_overview_to_a_department_and_its_enquiries(
    browser: Browser, cast: Cast, world: World
) -> None:
    await browser.log_in(cast.karin)
    overview = await browser.get("/dashboard?month=2026-10")
    assert 'href="/dashboard/places?month=2026-10"' in overview.text
    places = await browser.get("/dashboard/places?month=2026-10")
    assert places.status_code == 200
    assert int(places.headers["x-sql-statements"]) <= 8
    assert 'href="/dashboard/place?month=2026-10&amp;department=Service"' in places.text
    assert "Das Schwächste steht zuerst." in places.text
    service = await browser.get("/dashboard/place?month=2026-10&department=Service")
    assert service.status_code == 200
    assert int(service.headers["x-sql-statements"]) <= 8
    assert "Im Oktober 2026 kam" in service.text
    assert "Servicezeit" in service.text
    behind = re.search(r'href="(/dashboard/enquiries\?[^"]*topic=[^"]*department=Service)"', service.text)
    assert behind
    assert (await browser.get(behind[1].replace("&amp;", "&"))).status_code == 200


async def test_a_product_tells_its_department_and_keeps_period_and_product_in_the_choice(
    browser: Browser, cast: Cast, world: World
) -> None:
    await browser.log_in(cast.eva)
    page = await browser.get("/dashboard/place?from=2026-10-01&to=2026-10-20&product=P-0")
    assert page.status_code == 200
    assert "Ding 0" in page.text
    assert "/dashboard/place?from=2026-10-01&amp;to=2026-10-20&amp;department=Werkstatt" in page.text
    assert '<input type="hidden" name="product" value="P-0">' in page.text
    assert 'href="/dashboard/place?month=' in page.text


async def test_without_data_it_says_what_to_do(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.karin)
    assert "Tragen Sie dort ein, wer verantwortlich ist." in (await browser.get("/dashboard/places?month=2026-10")).text
    assert (
        "Wählen Sie oben andere Tage" in (await browser.get("/dashboard/place?month=2026-10&department=Service")).text
    )


async def test_sales_staff_and_agents_see_none_of_it(browser: Browser, cast: Cast, world: World) -> None:
    for user in (cast.petra, cast.ali):
        await browser.log_in(user)
        for path in PATHS:
            assert (await browser.get(path)).status_code == 404
        for path in ("/figures/places", "/figures/place?department=Service"):
            assert (await browser.api("GET", path)).status_code == 404


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("department=Gibt+es+nicht", 404), ("", 404), ("department=Service&product=P-0", 404), ("product=%00", 404),
        ("department=Service&month=2026-13", 422), ("department=Service&from=x&to=y", 422), ("department=Service&segment=abc", 422),
        ("department=Service&segment=999999", 404), ("department=" + "x" * 5000, 404), ("product=%F0%9F%98%80", 404),
    ],
)  # fmt: skip
async def test_what_makes_no_sense_gets_a_sentence(browser: Browser, cast: Cast, words: str, status: int) -> None:
    await browser.log_in(cast.karin)
    assert (await browser.get(f"/dashboard/place?{words}")).status_code == status
    assert (await browser.get(f"/dashboard/place/pdf?{words}")).status_code == status
    assert (await browser.api("GET", f"/figures/place?{words}")).status_code == status


async def test_strange_names_stand_on_the_page_as_they_are(
    browser: Browser, cast: Cast, world: World, jobs: list[Job]
) -> None:
    name = "Öl & Gas <script>/ Größe? 🙂 " + "x" * 80
    await execute("UPDATE touchpoint SET department = $1 WHERE department = 'Service'", name)
    await browser.log_in(cast.karin)
    assert (await browser.get("/dashboard/places?month=2026-10")).status_code == 200
    page = await browser.get(f"/dashboard/place?month=2026-10&department={quote(name)}")
    assert page.status_code == 200
    assert "Öl &amp; Gas &lt;script&gt;/ Größe? 🙂" in page.text
    paper = await browser.get(f"/dashboard/place/pdf?month=2026-10&department={quote(name)}")
    assert paper.status_code == 200
    assert "&lt;script&gt;" in jobs[0].page
    assert re.fullmatch(
        r'inline; filename="rueckmeldung-[a-z0-9-]+-2026-10-01\.pdf"', paper.headers["content-disposition"]
    )


async def test_a_printer_that_fails_is_told_in_a_sentence(
    browser: Browser, cast: Cast, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(job: Job) -> bytes:
        raise RuntimeError("no paper")

    monkeypatch.setattr(handlers, "print_pdf", broken)
    await browser.log_in(cast.karin)
    page = await browser.get("/dashboard/place/pdf?month=2026-10&department=Service")
    assert "Diese Seite ließ sich nicht drucken." in page.text


async def test_the_api_says_the_same_as_the_page(browser: Browser, cast: Cast, world: World) -> None:
    await browser.log_in(cast.karin)
    found = (await browser.api("GET", "/figures/places?month=2026-10")).json()
    mine = {(one.place.sort.value, one.place.code): one for one in await standings(MONTH, LATER)}
    assert {
        (one["standing"]["place"]["sort"], one["standing"]["place"]["code"]) for one in found["places"]
    } == mine.keys()
    for one in found["places"]:
        assert (
            one["standing"]["opened"] == mine[one["standing"]["place"]["sort"], one["standing"]["place"]["code"]].opened
        )
    assert (found["first"], found["last"]) == ("2026-10-01", "2026-10-31")
    place = (await browser.api("GET", "/figures/place?month=2026-10&product=P-0")).json()["figures"]
    assert place["place"]["name_de"] == "Ding 0"
    assert place["now"]["opened"] == mine["product", "P-0"].opened
    assert "Servicezeit" in found["definitions"]["place_waits"]
    assert (await browser.api("GET", "/figures/places?until=2026-10-31")).status_code in (400, 422)


@pytest.mark.parametrize("code", ["de", "en"])
async def test_on_paper_it_is_one_to_three_accessible_pages_without_names(cast: Cast, world: World, code: str) -> None:
    contact = await fetch_value(
        "SELECT f.interaction FROM feedback f JOIN touchpoint t ON t.id = f.touchpoint JOIN interaction i ON i.id = f.interaction "
        "WHERE t.department = 'Service' AND i.customer IS NOT NULL LIMIT 1"
    )
    customer = await fetch_value("SELECT customer FROM interaction WHERE id = $1", contact)
    await execute("UPDATE customer SET name = 'Steinbrück GmbH' WHERE id = $1", customer)
    await execute(
        "UPDATE feedback SET text = 'Steinbrück wartete auf ' || $1 || '. ' || repeat('Sehr lange. ', 30) WHERE kind <> 'expectation'",
        cast.petra.name,
    )
    with speaking(code):
        place = await place_named(Sort.DEPARTMENT, "Service")
        figures = await figures_of_place(place, MONTH, LATER)
        pdf = await print_pdf(place_job(figures, MONTH, Letterhead("Küchen GmbH"), code=code, now=LATER))
    document = pypdfium2.PdfDocument(pdf)
    assert 1 <= len(document) <= 3
    text = re.sub(r"\s+", " ", " ".join(page.get_textpage().get_text_bounded() for page in document))
    assert (
        "Was Kunden kritisiert und gelobt haben" if code == "de" else "What customers criticised and praised"
    ) in text
    assert cast.petra.name not in text
    assert "Karin" not in text
    with pikepdf.open(io.BytesIO(pdf)) as file:
        assert str(file.Root.Lang) == code
        assert file.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in file.Root
        assert "/Outlines" in file.Root
        assert b"pdfuaid" in file.Root.Metadata.read_bytes()


def test_the_file_is_named_after_the_place() -> None:
    place = Place(Sort.PRODUCT, "Küche „Elbe“ / 7", "1", "x", "x")
    with speaking("en"):
        assert file_name(place, MONTH.span) == "feedback-kuche-elbe-7-2026-10-01.pdf"
        assert (
            file_name(Place(Sort.DEPARTMENT, "...", "...", "", ""), MONTH.span) == "feedback-department-2026-10-01.pdf"
        )
