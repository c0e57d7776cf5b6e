"""Follow-ups of their own accord: before the contact rhythm ends, and after events; each once, and withdrawn when needless."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import MasterData, OrganisationData
from crm.customers.deleting import delete_customer
from crm.customers.figures import contact_happened
from crm.customers.statuses import change_status
from crm.database import execute, fetch, fetch_value, transaction
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.results import Result, complete_with_result
from crm.interactions.tables import Channel, Direction
from crm.reminders.actions import complete_reminder, deliver_reminder
from crm.reminders.caused import follow_up, preview
from crm.reminders.follow_up_rules import change_rule, follow_up_rule
from crm.reminders.queries import open_reminders
from crm.web.i18n import speaking
from tests.cast import LONG_AGO, Cast, introduce

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday morning."""


async def gold(by: int, *, days_ago: int = 27, name: str = "Bergmann GmbH") -> int:
    """A customer whom Gold promises a contact every 30 days, with the last one so long ago."""
    customer = await create_organisation(
        OrganisationData(name=name, master=MasterData(service_level="gold")), by=by, now=LONG_AGO
    )
    await contact_happened(customer, NOW - timedelta(days=days_ago))
    return customer


async def open_causes(customer: int) -> list[Any]:
    return await fetch(
        'SELECT id, "user", cause, delivered_at FROM reminder WHERE customer = $1 AND done_at IS NULL ORDER BY id', customer
    )  # fmt: skip


async def test_petra_is_reminded_before_the_rhythm_ends_once(cast: Cast) -> None:
    customer = await gold(cast.petra.id)
    assert await follow_up(now=NOW) == 1
    assert await follow_up(now=NOW + timedelta(hours=1)) == 0
    (reminder,) = await open_reminders(cast.petra.id, NOW)
    assert reminder.customer == customer
    assert (
        reminder.text
        == "Seit 27 Tagen kein Kontakt mit Bergmann GmbH; das Servicelevel Gold verspricht alle 30 Tage einen."
    )
    with speaking("en"):
        (reminder,) = await open_reminders(cast.petra.id, NOW)
    assert reminder.text == "No contact with Bergmann GmbH for 27 days; service level Gold promises one every 30 days."


async def test_the_message_says_it_in_the_readers_language(cast: Cast) -> None:
    await execute("UPDATE staff SET language = 'en' WHERE id = $1", cast.petra.id)
    customer = await gold(cast.petra.id)
    await follow_up(now=NOW)
    assert await deliver_reminder((await open_causes(customer))[0].id, now=NOW)
    assert (await fetch_value("SELECT detail->>'text' FROM notification")).startswith("No contact with Bergmann GmbH")


@pytest.mark.parametrize("days_ago", [10, 25, 34])
async def test_nobody_is_reminded_too_early_or_of_what_is_overdue(cast: Cast, days_ago: int) -> None:
    await gold(cast.petra.id, days_ago=days_ago)
    assert await follow_up(now=NOW) == 0


async def test_what_ends_while_nobody_works_is_not_forgotten(cast: Cast) -> None:
    """The rhythm ended on Sunday; whoever was not reminded before is on Monday."""
    await gold(cast.petra.id, days_ago=31)
    assert await follow_up(now=NOW) == 1
    assert await follow_up(now=NOW + timedelta(hours=1)) == 0


async def test_who_is_without_an_owner_for_a_while_is_not_forgotten(cast: Cast) -> None:
    customer = await gold(cast.petra.id)
    assert await follow_up(now=NOW) == 1
    await execute("UPDATE customer SET owner = NULL WHERE id = $1", customer)
    assert await open_causes(customer) == []
    await execute("UPDATE customer SET owner = $2 WHERE id = $1", customer, cast.ali.id)
    assert await follow_up(now=NOW + timedelta(hours=1)) == 1
    assert [row.user for row in await open_causes(customer)] == [cast.ali.id]


async def test_not_at_night_nor_on_sunday_nor_without_an_owner(cast: Cast) -> None:
    customer = await gold(cast.petra.id)
    assert await follow_up(now=NOW.replace(hour=3)) == 0
    assert await follow_up(now=NOW - timedelta(days=1)) == 0
    await execute("UPDATE customer SET owner = NULL WHERE id = $1", customer)
    assert await follow_up(now=NOW) == 0


@pytest.mark.parametrize("direction", list(Direction))
async def test_any_personal_contact_withdraws_it_and_reads_the_message(cast: Cast, direction: Direction) -> None:
    customer = await gold(cast.petra.id)
    await follow_up(now=NOW)
    reminder = (await open_causes(customer))[0].id
    await deliver_reminder(reminder, now=NOW)
    await log_interaction(NewInteraction(customer, Channel.PHONE, direction, "Hallo"), by=cast.ali.id, now=NOW)
    assert await open_causes(customer) == []
    assert await fetch_value("SELECT withdrawn_at IS NOT NULL FROM reminder WHERE id = $1", reminder)
    assert await fetch_value("SELECT count(*) FROM notification WHERE read_at IS NULL") == 0


async def test_a_press_report_is_no_contact(cast: Cast) -> None:
    customer = await gold(cast.petra.id)
    await follow_up(now=NOW)
    await log_interaction(NewInteraction(customer, Channel.PRESS, Direction.INBOUND, "x"), by=cast.ali.id, now=NOW)
    assert len(await open_causes(customer)) == 1


async def test_done_with_a_contact_it_is_done_and_not_withdrawn(cast: Cast) -> None:
    customer = await gold(cast.petra.id)
    await follow_up(now=NOW)
    reminder = (await open_causes(customer))[0].id
    await complete_with_result(reminder, Result("Alles gut", Channel.PHONE), by=cast.petra.id, now=NOW)
    row = (await fetch("SELECT result, withdrawn_at, done_by FROM reminder WHERE id = $1", reminder))[0]
    assert (row.result, row.withdrawn_at, row.done_by) == ("Alles gut", None, cast.petra.id)


async def test_done_without_a_contact_it_does_not_come_again_in_this_period(cast: Cast) -> None:
    customer = await gold(cast.petra.id)
    await follow_up(now=NOW)
    await complete_reminder((await open_causes(customer))[0].id, by=cast.petra.id, now=NOW)
    assert await follow_up(now=NOW + timedelta(days=1)) == 0


async def test_a_new_owner_gets_it_and_is_told(cast: Cast) -> None:
    customer = await gold(cast.petra.id)
    await follow_up(now=NOW)
    reminder = (await open_causes(customer))[0].id
    await deliver_reminder(reminder, now=NOW)
    await execute("UPDATE customer SET owner = $2 WHERE id = $1", customer, cast.jonas.id)
    row = (await open_causes(customer))[0]
    assert (row.user, row.delivered_at) == (cast.jonas.id, None)
    assert await deliver_reminder(reminder, now=NOW)
    told = await fetch('SELECT "user" FROM notification WHERE read_at IS NULL')
    assert [each.user for each in told] == [cast.jonas.id]


async def test_status_service_level_deletion_and_restriction_withdraw_it(cast: Cast) -> None:
    one, two, three, four = [await gold(cast.petra.id, name=f"Firma {n}") for n in range(4)]
    await follow_up(now=NOW)
    await change_status(one, "former", by=cast.petra.id, now=NOW, reason="x")
    await execute(
        "UPDATE customer SET service_level = (SELECT id FROM service_level WHERE code = 'basis') WHERE id = $1", two
    )
    await execute(
        "UPDATE customer_figures SET contact_due_at = contact_due_at + interval '150 days' WHERE customer = $1", two
    )
    await delete_customer(three, "doppelt", by=cast.petra.id, now=NOW)
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", four, NOW)
    assert [await open_causes(each) for each in (one, two, three, four)] == [[], [], [], []]


async def test_two_workers_at_once_remind_once(own_database: str) -> None:
    cast = await introduce()
    for n in range(20):
        await gold(cast.petra.id, name=f"Firma {n}")
    await asyncio.gather(*(follow_up(now=NOW) for _ in range(4)))
    await follow_up(now=NOW)
    rows = await fetch("SELECT customer, count(*) AS n FROM reminder GROUP BY customer")
    assert (len(rows), {row.n for row in rows}) == (20, {1})


async def test_a_contact_in_the_same_instant_as_the_sweep_leaves_nothing_behind(own_database: str) -> None:
    cast = await introduce()
    customers = [await gold(cast.petra.id, name=f"Firma {n}") for n in range(20)]

    async def talk(customer: int) -> None:
        contact = NewInteraction(customer, Channel.PHONE, Direction.INBOUND, "Hallo")
        await log_interaction(contact, by=cast.ali.id, now=NOW)

    await asyncio.gather(*(talk(customer) for customer in customers), *(follow_up(now=NOW) for _ in range(3)))
    assert await fetch_value("SELECT count(*) FROM reminder WHERE done_at IS NULL") == 0
    assert await follow_up(now=NOW) == 0


async def test_the_sweep_walks_along_an_index(db: None) -> None:
    for way in ("seqscan", "bitmapscan"):  # a small table is read whole, whatever indexes there are
        await execute(f"SET LOCAL enable_{way} = off")
    plan = "\n".join(
        row["QUERY PLAN"]
        for row in await fetch(
            "EXPLAIN SELECT customer FROM customer_figures WHERE contact_due_at > now() AND contact_due_at < now() + interval '3 days' "
            "ORDER BY contact_due_at LIMIT 500"
        )
    )
    assert "ix_figures_contact_due" in plan
    assert "Sort" not in plan


async def switch_on(code: str, by: int, **wanted: Any) -> None:
    await change_rule(code, {"is_on": True, **wanted}, None, by=by, now=NOW - timedelta(days=60))


async def quote(customer: int, sent_at: datetime) -> int:
    return int(
        await fetch_value(
            "INSERT INTO quotation (customer, number, subject, amount, status, requested_at, sent_at) "
            "VALUES ($1, 'AN-7', 'Küche', 1200, 'sent', $2, $2) RETURNING id",
            customer, sent_at,
        )
    )  # fmt: skip


@pytest.fixture
async def regular(cast: Cast, kitchen: int) -> int:
    """A customer of Petra's with whom somebody spoke yesterday."""
    await contact_happened(kitchen, NOW - timedelta(days=1))
    return kitchen


async def test_a_quotation_is_followed_up_after_its_days_until_it_is_decided(cast: Cast, regular: int) -> None:
    await execute("UPDATE follow_up_rule SET since = $1 WHERE code = 'quotation'", NOW - timedelta(days=60))
    quotation = await quote(regular, NOW - timedelta(days=7))
    rule = await follow_up_rule("quotation")
    assert await preview(rule, now=NOW) == 1
    assert await follow_up(now=NOW - timedelta(days=3)) == 0
    assert await follow_up(now=NOW) == 1
    (reminder,) = await open_reminders(cast.petra.id, NOW)
    assert (
        reminder.text.replace("\xa0", " ")
        == "Angebot AN-7 vom 16.11.2026 an Größmann Küchen GmbH nachfassen (1.200,00 €)."
    )
    assert (await preview(rule, now=NOW), await follow_up(now=NOW)) == (0, 0)
    await execute("UPDATE quotation SET status = 'accepted', decided_at = $2 WHERE id = $1", quotation, NOW)
    assert await open_reminders(cast.petra.id, NOW) == []


async def test_only_events_since_the_rule_was_switched_on_count(cast: Cast, regular: int) -> None:
    await execute("UPDATE follow_up_rule SET since = $1 WHERE code = 'quotation'", NOW - timedelta(days=5))
    await quote(regular, NOW - timedelta(days=7))
    assert await follow_up(now=NOW) == 0
    await change_rule("quotation", {"is_on": False}, None, by=cast.eva.id, now=NOW)
    rule = await change_rule("quotation", {"is_on": True}, None, by=cast.eva.id, now=NOW)
    assert rule.since == NOW


async def test_a_new_prospect_is_followed_up_unless_they_bought(cast: Cast, regular: int) -> None:
    await switch_on("prospect", cast.eva.id, user_id=cast.ali.id)
    await execute("DELETE FROM status_change")
    for customer, status in ((regular, "prospect"), (await gold(cast.petra.id, days_ago=1), "customer")):
        await execute("UPDATE customer SET status = $2 WHERE id = $1", customer, status)
        await execute(
            "INSERT INTO status_change (customer, after, at) VALUES ($1, 'prospect', $2)",
            customer,
            NOW - timedelta(days=8),
        )
    assert await follow_up(now=NOW) == 1
    assert [row.user for row in await open_causes(regular)] == [cast.ali.id]
    await change_status(regular, "customer", by=cast.petra.id, now=NOW)
    assert await open_causes(regular) == []


async def test_a_delivered_order_asks_for_thanks(cast: Cast, regular: int) -> None:
    await switch_on("delivered", cast.eva.id)
    await execute(
        "INSERT INTO customer_order (customer, number, ordered_on, amount, status, delivered_on) "
        "VALUES ($1, 'B-1', $2, 5, 'delivered', $3)",
        regular, date(2026, 11, 1), date(2026, 11, 20),
    )  # fmt: skip
    assert await follow_up(now=NOW) == 1
    (reminder,) = await open_reminders(cast.petra.id, NOW)
    assert "Bestellung B-1 am 20.11.2026" in reminder.text


async def test_the_unusually_quiet_are_explained_capped_and_withdrawn_by_an_order(cast: Cast) -> None:
    await switch_on("quiet", cast.eva.id)
    customers = [await gold(cast.petra.id, days_ago=1, name=f"Still {n}") for n in range(7)]
    await execute(
        "UPDATE customer_figures SET order_rhythm_days = 30, last_order_on = $2, next_order_on = $3, quiet_from_on = $4 "
        "WHERE customer = ANY($1::bigint[])",
        customers, date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 20),
    )  # fmt: skip
    assert (await follow_up(now=NOW), await follow_up(now=NOW)) == (5, 0)
    first = (await open_reminders(cast.petra.id, NOW))[0]
    assert "(Bestellt etwa alle 30 Tage; zuletzt am 01.10.2026" in first.text
    assert await follow_up(now=NOW + timedelta(days=1)) == 2
    await execute(
        "UPDATE customer_figures SET last_order_on = $2 WHERE customer = $1", customers[0], date(2026, 11, 24)
    )
    assert await open_causes(customers[0]) == []


async def test_a_rule_counts_for_the_statuses_and_service_levels_it_names(cast: Cast, regular: int) -> None:
    await execute("UPDATE follow_up_rule SET since = $1 WHERE code = 'quotation'", NOW - timedelta(days=60))
    await quote(regular, NOW - timedelta(days=7))
    await change_rule("quotation", {"levels": ("gold",)}, None, by=cast.eva.id, now=NOW)
    assert await follow_up(now=NOW) == 0
    await change_rule("quotation", {"levels": (), "statuses": ("former",)}, None, by=cast.eva.id, now=NOW)
    assert await follow_up(now=NOW) == 0
    await change_rule("quotation", {"statuses": ()}, None, by=cast.eva.id, now=NOW)
    assert await follow_up(now=NOW) == 1


async def test_what_was_decided_at_the_same_instant_goes_with_the_next_sweep(cast: Cast, regular: int) -> None:
    await execute("UPDATE follow_up_rule SET since = $1 WHERE code = 'quotation'", NOW - timedelta(days=60))
    quotation = await quote(regular, NOW - timedelta(days=7))
    await follow_up(now=NOW)
    async with transaction():
        await execute("ALTER TABLE quotation DISABLE TRIGGER quotation_withdraws")
        await execute("UPDATE quotation SET status = 'accepted', decided_at = sent_at WHERE id = $1", quotation)
        await execute("ALTER TABLE quotation ENABLE TRIGGER quotation_withdraws")
    assert len(await open_causes(regular)) == 1
    await follow_up(now=NOW)
    assert await open_causes(regular) == []
