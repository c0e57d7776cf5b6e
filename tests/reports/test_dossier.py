"""The dossier before a visit: what it says, what it keeps to itself, and that it is a whole PDF."""

from __future__ import annotations

import io
from datetime import timedelta

import pikepdf
import pypdfium2
import pytest

from crm.accounts.tables import User
from crm.customers.queries import journey_of
from crm.database import execute, fetch_value
from crm.errors import RuleBroken
from crm.improvement.actions import NewFeedback, note_feedback
from crm.improvement.tables import FeedbackKind
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.tables import Channel, Direction
from crm.reports.dossier import dossier_of, in_sentences
from crm.reports.dossier_pages import dossier_job
from crm.reports.paper import Letterhead
from crm.surveys.actions import NewAnswer, record_answer
from crm.surveys.tables import Metric
from crm.tickets.opening import NewTicket, open_ticket
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers, customers
from tests.mailings.conftest import as_user

__all__ = ["customers"]
LATER = NOW + timedelta(days=2)


async def page_of(user: User, customer_id: int, code: str = "de") -> str:
    with speaking(code):
        dossier = await dossier_of(as_user(user), customer_id, LATER)
        return dossier_job(dossier, Letterhead("Küchen GmbH"), by="Petra Lang", code=code, now=LATER).page


async def eventful(cast: Cast, customers: Customers) -> int:
    """A visit at which Anna was annoyed, an enquiry that waits, an answer, a point of criticism; the enquiry."""
    visit = NewInteraction(
        customers.groessmann, Channel.VISIT, Direction.OUTBOUND, "Anna möchte <b>Eiche</b>, keine Buche.", customers.anna,
        touchpoint="sales_visit",
    )  # fmt: skip
    seen = (await log_interaction(visit, by=cast.petra.id, now=NOW)).id
    point = NewFeedback(FeedbackKind.CRITICISM, interaction_id=seen, text="Das Angebot kam zu spät.")
    await note_feedback(point, by=cast.petra.id, now=NOW)
    await record_answer(
        NewAnswer(Metric.CSAT, 4, "sales_visit", customers.groessmann, customers.anna), at=NOW, by=None, now=NOW
    )
    enquiry = NewTicket(customers.groessmann, "Wann kommt die Arbeitsplatte?", "Sie war zugesagt.", topic="billing")
    return (await open_ticket(enquiry, by=cast.petra.id, now=NOW)).id


async def test_whoever_visits_reads_what_matters(cast: Cast, customers: Customers) -> None:
    await execute("UPDATE customer SET brief = 'Legt Wert auf feste Zusagen.' WHERE id = $1", customers.groessmann)
    number = await eventful(cast, customers)

    page = await page_of(cast.petra, customers.groessmann)

    for text in (
        "Größmann Küchen GmbH", "Legt Wert auf feste Zusagen.", "Anna Größmann", "Geschäftsführerin", "Guten Tag Anna Größmann",
        f"#{number} Wann kommt die Arbeitsplatte?", "Das Angebot kam zu spät.", "Kritik<", "Darf ich …", "Leitfaden:",
        "Lange Gasse 12, 90403 Nürnberg", "Die Zufriedenheit liegt bei 4,0 von 5, aus einer Antwort.", "Eine Anfrage ist offen.",
        "Anna möchte &lt;b&gt;Eiche&lt;/b&gt;, keine Buche.", "<svg",
    ):  # fmt: skip
        assert text in page, text
    english = await page_of(cast.petra, customers.groessmann, "en")
    assert "Satisfaction stands at 4.0 of 5, from one answer." in english
    assert "Whom you will meet" in english


async def test_a_customer_of_whom_nothing_is_known_still_has_a_sheet(cast: Cast, customers: Customers) -> None:
    with speaking("de"):
        dossier = await dossier_of(as_user(cast.petra), customers.emre, LATER)
        assert in_sentences(dossier, LATER) == ["Bisher gab es noch keinen Kontakt.", "Keine Anfrage ist offen."]
    assert "Bisher ist nichts geschehen." in await page_of(cast.petra, customers.emre)


async def test_a_promise_that_was_missed_is_said_first(cast: Cast, customers: Customers) -> None:
    ticket = await eventful(cast, customers)
    await execute("UPDATE ticket SET solution_due_at = $2 WHERE id = $1", ticket, LATER - timedelta(hours=1))
    with speaking("de"):
        dossier = await dossier_of(as_user(cast.petra), customers.groessmann, LATER)
        assert "Eine zugesagte Antwort ist überfällig." in in_sentences(dossier, LATER)


async def test_of_restricted_people_nothing_is_printed_not_even_for_the_officer(
    cast: Cast, customers: Customers
) -> None:
    await eventful(cast, customers)
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", customers.anna, NOW)

    page = await page_of(cast.sven, customers.groessmann)

    assert "Größmann Küchen GmbH" in page
    for text in ("Geschäftsführerin", "anna@groessmann.example", "keine Buche", "Das Angebot kam zu spät."):
        assert text not in page
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", customers.groessmann, NOW)
    with pytest.raises(RuleBroken, match=r"GDPR Art\. 18"), speaking("en"):
        await dossier_of(as_user(cast.sven), customers.groessmann, LATER)


async def test_what_restricted_people_answered_and_asked_is_in_no_figure(cast: Cast, customers: Customers) -> None:
    await eventful(cast, customers)
    given = NewAnswer(Metric.CSAT, 2, "sales_visit", customers.groessmann)
    await record_answer(given, at=NOW, by=None, now=NOW)
    await execute("UPDATE ticket SET person = $1", customers.anna)
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", customers.anna, NOW)

    with speaking("de"):
        dossier = await dossier_of(as_user(cast.petra), customers.groessmann, LATER)
        said = in_sentences(dossier, LATER)
        spots = await journey_of(customers.groessmann)

    assert "Keine Anfrage ist offen." in said
    assert "Die Zufriedenheit liegt bei 2,0 von 5, aus einer Antwort." in said
    assert [(row.n, row.mean, row.volume) for row in spots] == [(1, 2.0, 0)]
    await execute("UPDATE person SET restricted_at = NULL")
    assert [(row.n, row.mean, row.volume) for row in await journey_of(customers.groessmann)] == [(2, 3.0, 1)]


async def test_overdue_promises_are_counted_beyond_the_printed_ones(cast: Cast, customers: Customers) -> None:
    for number in range(12):
        await open_ticket(NewTicket(customers.groessmann, f"Frage {number}", "?"), by=cast.petra.id, now=NOW)
    await execute("UPDATE ticket SET solution_due_at = $1", LATER - timedelta(hours=1))
    with speaking("de"):
        said = in_sentences(await dossier_of(as_user(cast.petra), customers.groessmann, LATER), LATER)
    assert "12 Anfragen sind offen." in said
    assert "12 zugesagte Antworten sind überfällig." in said
    assert "Die 10 dringendsten von 12." in await page_of(cast.petra, customers.groessmann)


async def test_the_pdf_is_whole_and_its_printing_is_on_record(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await eventful(cast, customers)
    await browser.log_in(cast.petra)

    answer = await browser.get(f"/customers/{customers.groessmann}/dossier?lang=de")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "private, no-store"
    assert "besuchsmappe-" in answer.headers["content-disposition"]
    assert int(answer.headers["x-sql-statements"]) <= 16
    pdf = pikepdf.open(io.BytesIO(answer.content))
    assert str(pdf.Root.Lang) == "de"
    assert pdf.Root.MarkInfo.Marked
    document = pypdfium2.PdfDocument(answer.content)
    assert 1 <= len(document) <= 4
    assert "Wen Sie treffen" in document[0].get_textpage().get_text_range()
    printed = "SELECT count(*) FROM audit_entry WHERE action = 'customer.dossier_printed' AND subject_id = $1"
    assert await fetch_value(printed, customers.groessmann) == 1


async def test_somebody_elses_number_and_a_missing_one_answer_alike(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", customers.emre, NOW)
    await browser.log_in(cast.petra)
    for number in (customers.emre, 999_999, 2**70):
        assert (await browser.get(f"/customers/{number}/dossier")).status_code == 404
        assert (await browser.api("GET", f"/customers/{number}/dossier")).status_code == 404
