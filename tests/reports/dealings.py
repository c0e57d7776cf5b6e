"""Random but repeatable quotations, changes of status, praise, criticism, products and requests, for a World that is filled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crm.customers.orders.tables import Product, Quotation
from crm.customers.tables import StatusChange
from crm.database import execute, fetch
from crm.improvement.tables import Feedback
from crm.privacy.desk.tables import DataRequest
from crm.tickets.links.tables import TicketProduct
from tests.reports.world import World


async def deal(world: World) -> None:
    """What happens besides contacts and answers."""
    for number in range(60):
        await _quotation(world, number)
    await _statuses(world)
    await _products(world)
    await _feedback(world)
    for _number in range(25):
        await _request(world)


async def _quotation(world: World, number: int) -> None:
    asked = world.moment()
    sent = world.maybe(asked + timedelta(hours=world.random.randint(1, 400)), 0.8)
    decided = world.maybe((sent or asked) + timedelta(days=world.random.randint(0, 40)), 0.6)
    if decided is not None:
        status = "accepted" if sent and world.random.random() < 0.6 else "declined"
    else:
        status = "sent" if sent else "requested"
    await Quotation(
        customer=world.random.choice(world.customer_ids), number=f"A-{number}", status=status, requested_at=asked, sent_at=sent,
        decided_at=decided, decline_reason=world.random.choice(("price", "need_gone")) if status == "declined" else "",
        turnaround_min=world.random.randint(0, 9000) if sent else None,
        decision_min=world.random.randint(0, 9000) if sent and decided else None, created_at=asked,
    ).save()  # fmt: skip


async def _statuses(world: World) -> None:
    codes = [row.code for row in await fetch("SELECT code FROM touchpoint ORDER BY id")]
    for customer in world.customer_ids:
        at = world.moment()
        await StatusChange(customer=customer, before="", after="prospect", at=at).save()
        for before, after in (("prospect", "customer"), ("customer", "former"), ("former", "customer")):
            at += timedelta(days=world.random.randint(0, 60), minutes=7)
            if world.random.random() < 0.2:
                break
            lost = after == "former"
            await StatusChange(
                customer=customer, before=before, after=after, at=at,
                reason_code=world.random.choice(("", "price", "service")) if lost else "",
                last_touchpoint=world.random.choice(("", codes[0], codes[1])) if lost else "",
            ).save()  # fmt: skip


async def _products(world: World) -> None:
    products = []
    for number, department in enumerate(("Werkstatt", "", "Lager")):
        product = Product(
            code=f"P-{number}", name_de=f"Ding {number}", name_en=f"Thing {number}", department=department,
            created_at=datetime(2025, 1, 1, tzinfo=UTC),
        )  # fmt: skip
        await product.save()
        products.append(product.id)
    tickets = await fetch("SELECT id, opened_at FROM ticket ORDER BY id")
    for row in tickets:
        if world.random.random() < 0.4:
            await TicketProduct(
                ticket=row.id, product=world.random.choice(products), basis=world.random.choice(("named", "offered", "chosen")),
                at=row.opened_at, refused_at=world.maybe(row.opened_at, 0.2),
            ).save()  # fmt: skip
        if world.random.random() < 0.3:
            await execute("UPDATE closure SET product = $2 WHERE ticket = $1", row.id, world.random.choice(products))
    contacts = await fetch("SELECT id FROM interaction WHERE touchpoint IS NOT NULL ORDER BY id")
    for row in contacts:
        if world.random.random() < 0.3:
            await execute("UPDATE interaction SET ticket = $2 WHERE id = $1", row.id, world.random.choice(tickets).id)


async def _feedback(world: World) -> None:
    contacts = await fetch("SELECT id, touchpoint FROM interaction ORDER BY id LIMIT 200")
    tickets = await fetch("SELECT id FROM ticket ORDER BY id LIMIT 60")
    for number in range(200):
        contact = world.random.choice(contacts)
        of_ticket = world.random.random() < 0.3
        await Feedback(
            kind=world.random.choice(("praise", "criticism", "criticism", "expectation")),
            category=world.random.choice(("products", "service_staff")), heading=world.random.choice(("", "speed")),
            touchpoint=None if of_ticket else contact.touchpoint, interaction=None if of_ticket else contact.id,
            ticket=world.random.choice(tickets).id if of_ticket else None, text="x", at=world.moment(),
            deleted_at=world.moment() if number % 17 == 0 else None,
        ).save()  # fmt: skip


async def _request(world: World) -> None:
    received = world.moment()
    settled = world.maybe(received + timedelta(days=world.random.randint(1, 50)), 0.7)
    await DataRequest(
        kind=world.random.choice(("access", "erasure")), source="hand", status="done" if settled else "new",
        received_at=received, due_on=(received + timedelta(days=30)).date(), settled_at=settled,
    ).save()  # fmt: skip
