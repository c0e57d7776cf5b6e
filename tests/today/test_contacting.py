"""Whom to contact today and why; not now; and a follow-up that is opened again."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import MasterData, OrganisationData
from crm.customers.quotations.quoting import QuotationStatus
from crm.database import execute, fetch_value
from crm.errors import NotFound, RuleBroken
from crm.reminders.actions import complete_reminder, set_reminder
from crm.reminders.reopening import reopen_reminder
from crm.reminders.tables import Repeat
from crm.today.contacting import WhyContact, customers_to_contact, reasons, why_of
from crm.today.putting_back import put_back, take_up_again
from crm.today.queries import Numbers, my_numbers
from crm.today.sentences import Pending, Thing, day_in_words, first_in_words, first_of
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("why", "german", "english"),
    [
        (
            WhyContact(34, False, 30),
            "seit 34 Tagen kein Kontakt, versprochen sind 30 Tage",
            "no contact for 34 days, 30 days are promised",
        ),
        (
            WhyContact(12, True, 7),
            "noch kein Kontakt seit der Aufnahme vor 12 Tagen, versprochen sind 7 Tage",
            "not contacted since they came 12 days ago, 7 days are promised",
        ),
        (
            WhyContact(2, False, None, QuotationStatus.REQUESTED, 9),
            "wartet seit 9 Tagen auf ein Angebot",
            "has waited 9 days for a quotation",
        ),
        (
            WhyContact(2, False, None, QuotationStatus.SENT, 1),
            "hat vor einem Tag ein Angebot bekommen und noch nicht entschieden",
            "got a quotation one day ago and has not decided",
        ),
    ],
)
def test_the_reason_is_said_in_words(why: WhyContact, german: str, english: str) -> None:
    with speaking("de"):
        assert reasons(why) == [german]
    with speaking("en"):
        assert reasons(why) == [english]


def test_both_reasons_are_said() -> None:
    with speaking("de"):
        assert reasons(WhyContact(34, False, 30, QuotationStatus.REQUESTED, 9)) == [
            "wartet seit 9 Tagen auf ein Angebot", "seit 34 Tagen kein Kontakt, versprochen sind 30 Tage",
        ]  # fmt: skip


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("pending", "german", "english"),
    [
        ([], "", ""),
        (
            [Pending(Thing.TICKET, "Tür klemmt", NOW - HOUR), Pending(Thing.ALARM, "Kurz GmbH", NOW)],
            "Zuerst: der Alarm zu Kurz GmbH.", "First: the alarm about Kurz GmbH.",
        ),
        (
            [Pending(Thing.REMINDER, "Anrufen", NOW - 5 * HOUR), Pending(Thing.TICKET, "Tür klemmt", NOW - HOUR)],
            "Zuerst: die Anfrage „Tür klemmt“.", "First: the enquiry “Tür klemmt”.",
        ),
        (
            [Pending(Thing.REMINDER, "Anrufen", NOW + HOUR), Pending(Thing.TICKET, "Tür klemmt", NOW + 2 * HOUR)],
            "Zuerst: die Wiedervorlage „Anrufen“.", "First: the follow-up “Anrufen”.",
        ),
        (
            [Pending(Thing.CONTACT, "Emre Kaya", NOW - 9 * HOUR), Pending(Thing.CALL_BACK, "Anna Groß", NOW + HOUR)],
            "Zuerst: Anna Groß zurückrufen.", "First: call Anna Groß back.",
        ),
        (
            [Pending(Thing.CONTACT, "Emre Kaya", NOW - HOUR)],
            "Zuerst: sich bei Emre Kaya melden.", "First: get in touch with Emre Kaya.",
        ),
    ],
)  # fmt: skip
def test_what_comes_first(pending: list[Pending], german: str, english: str) -> None:
    with speaking("de"):
        assert first_in_words(first_of(pending, NOW)) == german
    with speaking("en"):
        assert first_in_words(first_of(pending, NOW)) == english


def test_the_day_counts_everything() -> None:
    with speaking("de"):
        assert day_in_words(Numbers(reminders=2, stood_in=1, alarms=1, call_backs=3, to_contact=1)) == (
            "Ein Alarm wartet auf Sie. 3 Kunden möchten zurückgerufen werden. Heute sind 2 Wiedervorlagen fällig. "
            "Eine Wiedervorlage abwesender Kollegen übernehmen Sie heute. Bei einem Ihrer Kunden sollten Sie sich melden."
        )
    with speaking("en"):
        assert day_in_words(Numbers(reminders=1, alarms=2, call_backs=1)) == (
            "2 alarms ask for you. One customer wants to be called back. One follow-up is due today."
        )


async def new_customer(name: str, *, by: int) -> int:
    """A customer of this owner, with a number to call."""
    data = OrganisationData(name, "info@kurz.example", "+49911551230", MasterData(owner_id=by))
    return await create_organisation(data, by=by, now=datetime.now(UTC))


async def overdue_customer(cast: Cast, name: str, days: int = 34) -> int:
    """A customer of Petra who is overdue by their rhythm."""
    customer = await new_customer(name, by=cast.petra.id)
    now = datetime.now(UTC)
    await execute(
        "UPDATE customer_figures SET last_contact_at = $2, contact_due_at = $3 WHERE customer = $1",
        customer, now - timedelta(days=days), now - timedelta(days=4),
    )  # fmt: skip
    return customer


async def names(user_id: int, now: datetime) -> list[str]:
    return [row.name for row in await customers_to_contact(user_id, now, 8)]


async def test_put_back_goes_from_ones_own_list_and_count_and_comes_back(cast: Cast) -> None:
    customer, now = await overdue_customer(cast, "Ofenbau Kurz"), datetime.now(UTC)
    assert await names(cast.petra.id, now) == ["Ofenbau Kurz"]
    made = await put_back(customer, days=3, reason="im Urlaub", by=cast.petra.id, now=now)
    assert await names(cast.petra.id, now) == []
    assert (await my_numbers(cast.petra.id, now, now)).to_contact == 0
    assert await names(cast.petra.id, now + timedelta(days=4)) == ["Ofenbau Kurz"]
    with pytest.raises(NotFound):
        await take_up_again(made, by=cast.ali.id, now=now)
    await take_up_again(made, by=cast.petra.id, now=now)
    await take_up_again(made, by=cast.petra.id, now=now)
    assert await names(cast.petra.id, now) == ["Ofenbau Kurz"]
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'customer.taken_up_again'") == 1


async def test_a_follow_up_that_is_near_stands_on_one_list_only(cast: Cast) -> None:
    customer, now = await overdue_customer(cast, "Ofenbau Kurz"), datetime.now(UTC)
    await set_reminder(
        user_id=cast.petra.id, customer_id=customer, text="", due_at=now + timedelta(days=20), by=cast.petra.id, now=now
    )
    assert await names(cast.petra.id, now) == ["Ofenbau Kurz"]
    await set_reminder(
        user_id=cast.petra.id, customer_id=customer, text="", due_at=now + timedelta(days=3), by=cast.petra.id, now=now
    )
    assert await names(cast.petra.id, now) == []


async def test_who_waits_for_a_quotation_is_to_be_contacted_until_somebody_has_spoken_with_them(cast: Cast) -> None:
    customer, now = await new_customer("Ofenbau Kurz", by=cast.petra.id), datetime.now(UTC)
    await execute(
        "INSERT INTO quotation (customer, subject, status, requested_at) VALUES ($1, 'Küche', 'requested', $2)",
        customer, now - timedelta(days=9),
    )  # fmt: skip
    (row,) = await customers_to_contact(cast.petra.id, now, 8)
    assert why_of(row, now).quotation_days == 9
    assert why_of(row, now).promised_days is None
    await execute("UPDATE customer_figures SET last_contact_at = $2 WHERE customer = $1", customer, now)
    assert await names(cast.petra.id, now) == []


async def test_restricted_customers_are_on_no_list(cast: Cast) -> None:
    customer, now = await overdue_customer(cast, "Ofenbau Kurz"), datetime.now(UTC)
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", customer, now)
    assert await names(cast.petra.id, now) == []


async def test_petra_puts_a_customer_back_in_the_dialog_and_takes_it_back(browser: Browser, cast: Cast) -> None:
    customer = await overdue_customer(cast, "Ofenbau Kurz")
    await browser.log_in(cast.petra)
    page = await browser.get("/")
    assert "seit 34 Tagen kein Kontakt" in page.text
    assert "Bei einem Ihrer Kunden sollten Sie sich melden. Zuerst: sich bei Ofenbau Kurz melden." in page.text
    where = f"/today/customers/{customer}/put-back"
    assert "Für wie lange?" in (await browser.get(where, htmx=True)).text
    wrong = await browser.post(where, {"days": "1000", "reason": "im Urlaub"}, htmx=True)
    assert wrong.status_code == 422
    assert "im Urlaub" in wrong.text
    told = await browser.post(where, {"days": "7", "submission_id": "a1"}, htmx=True)
    assert "Ofenbau Kurz kommt am " in told.text
    again = await browser.post(where, {"days": "7", "submission_id": "a1"}, htmx=True)
    assert await fetch_value("SELECT count(*) FROM contact_put_back") == 1, again.text
    assert "Ofenbau Kurz" not in (await browser.get("/")).text
    made = await fetch_value("SELECT id FROM contact_put_back")
    assert "steht wieder auf Ihrer Liste" in (await browser.post(f"/today/put-backs/{made}/undoing", htmx=True)).text
    assert "Ofenbau Kurz" in (await browser.get("/")).text


async def test_sven_who_logs_no_contacts_has_no_list(browser: Browser, cast: Cast) -> None:
    customer = await overdue_customer(cast, "Ofenbau Kurz")
    await browser.log_in(cast.sven)
    assert (await browser.get(f"/today/customers/{customer}/put-back")).status_code in (403, 404)
    await browser.log_in(cast.petra)
    assert (await browser.post(f"/today/put-backs/{2**63}/undoing")).status_code == 404


async def test_done_by_mistake_is_open_again_and_the_next_of_the_series_goes(cast: Cast) -> None:
    now = datetime.now(UTC)
    made = await set_reminder(
        user_id=cast.petra.id, customer_id=None, text="Anrufen", due_at=now + timedelta(seconds=1), by=cast.petra.id,
        now=now, repeat=Repeat.DAILY,
    )  # fmt: skip
    await complete_reminder(made, by=cast.petra.id, now=now)
    await reopen_reminder(made, by=cast.petra.id, now=now)
    await reopen_reminder(made, by=cast.petra.id, now=now)
    assert await fetch_value("SELECT count(*) FROM reminder") == 1
    assert await fetch_value("SELECT done_at FROM reminder WHERE id = $1", made) is None
    following = await complete_reminder(made, by=cast.petra.id, now=now)
    assert following is not None
    await complete_reminder(following, by=cast.petra.id, now=now)
    with pytest.raises(RuleBroken):
        await reopen_reminder(made, by=cast.petra.id, now=now)
    with pytest.raises(NotFound):
        await reopen_reminder(made, by=cast.ali.id, now=now)
