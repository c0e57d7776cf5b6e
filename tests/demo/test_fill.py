"""The demo company: it is whole, it is plausible, and the same day gives the same company."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import asyncpg
import msgspec
import pytest

from crm.accounts.passwords import password_fits
from crm.consents.verification import verify_ledger
from crm.customers.identifiers import iban_of
from crm.customers.lists.columns import COLUMNS as LIST_COLUMNS
from crm.customers.lists.finding import find_customers
from crm.customers.lists.listing import ListView
from crm.database import engine, execute, fetch, fetch_one, fetch_value
from crm.demo import fill as fill_module
from crm.demo import telling
from crm.demo.bare import bare
from crm.demo.emptiness import is_empty
from crm.demo.fill import fill
from crm.demo.rows import COLUMNS
from crm.demo.staff import LOGINS, PASSWORD
from crm.demo.ways import BLOCKS
from crm.errors import RuleBroken
from crm.files.queries import file_named
from crm.interactions.order_naming import offers_in
from crm.reports.ways.queries import ways_between
from crm.reports.ways.rules import Way
from crm.tickets.blocks.recognising import Left, left_of
from crm.tickets.routing import Decision, replay
from crm.touchpoints.catalogue.queries import kept_touchpoints

TODAY = date(2026, 11, 23)
MIDNIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
CUSTOMERS = 60


@pytest.fixture
async def company(database: str) -> AsyncIterator[None]:
    """A demo company of 60 customers; gone after the test."""
    async with engine().transaction() as running:
        await fill(CUSTOMERS, TODAY)
        yield
        await running.rollback()


async def content_hash() -> str:
    """One hash over the content of every table that the demo fills."""
    digest = hashlib.sha256()
    for table in (*COLUMNS, "staff", "agent_profile", "agent_hours", "competence"):
        columns = COLUMNS.get(table, ("email", "name", "role", "password_hash"))
        names = ", ".join(f'"{c}"' for c in columns if c != "id") if table in COLUMNS or table == "staff" else "level"
        if table in ("agent_profile", "agent_hours"):
            names = "capacity" if table == "agent_profile" else "weekday, starts, ends"
        rows = await fetch(f"SELECT md5(row({names})::text) AS line FROM {table} ORDER BY id")
        digest.update(f"{table} {[row.line for row in rows]}".encode())
    return digest.hexdigest()


async def test_an_untouched_database_is_empty_and_a_filled_one_is_not(db: None) -> None:
    assert await is_empty()
    await fill(3, TODAY)
    assert not await is_empty()


async def test_there_are_views_of_ones_own_and_of_the_team_that_find_somebody(database: str) -> None:
    found = {}
    async with engine().transaction() as running:
        await fill(400, TODAY)
        views = await fetch("SELECT v.*, s.team AS owners_team FROM saved_view v JOIN staff s ON s.id = v.owner")
        for view in views:
            viewer = SimpleNamespace(id=view.owner, team_id=view.owners_team)
            asked = ListView.saved(view.query, strict=True)
            assert set(asked.columns) <= set(LIST_COLUMNS), view.name
            found[view.name] = len((await find_customers(asked.wanted(viewer, MIDNIGHT), limit=5)).rows)
        await running.rollback()
    assert {view.team is None for view in views} == {True, False}
    assert all(found.values()), found


async def test_a_first_order_is_the_reason_only_where_there_is_one(company: None) -> None:
    """Nobody became a customer by an order that is not there, and who ordered first while they were a prospect did by that."""
    by_order = await fetch("SELECT customer, at FROM status_change WHERE trigger = 'first_order'")
    assert by_order
    for row in by_order:
        first = await fetch_value(
            "SELECT min(created_at) FROM customer_order WHERE customer = $1 AND status <> 'cancelled'", row.customer
        )
        assert first == row.at, row.customer
    assert not await fetch(
        "SELECT s.customer FROM status_change s WHERE s.before = 'prospect' AND s.trigger = 'hand' AND s.at > $1 AND EXISTS "
        "(SELECT FROM customer_order o WHERE o.customer = s.customer AND o.status <> 'cancelled' AND o.created_at < s.at)",
        datetime(2024, 11, 22, 23, 0, tzinfo=UTC),
    )
    assert not await fetch(
        "SELECT c.id FROM customer c WHERE c.status <> (SELECT s.after FROM status_change s WHERE s.customer = c.id "
        "ORDER BY s.at DESC, s.id DESC LIMIT 1)"
    ), "the events lead to the status"


async def test_somebody_stands_in(company: None) -> None:
    assert await fetch_value(
        "SELECT count(DISTINCT owner) FROM customer WHERE deputy = (SELECT id FROM staff WHERE email LIKE 'sales@%')"
    )


async def test_the_volume_follows_the_number_of_customers(company: None) -> None:
    counts = {table: await fetch_value(f"SELECT count(*) FROM {table}") for table in COLUMNS}
    assert counts["customer"] == CUSTOMERS
    assert counts["ticket"] == CUSTOMERS
    assert 7 * CUSTOMERS < counts["interaction"] < 14 * CUSTOMERS
    assert all(counts.values()), counts
    assert counts["consent_event"] == counts["consent_payload"] > CUSTOMERS


async def test_the_same_day_gives_the_same_company_and_another_day_another(database: str) -> None:
    hashes = []
    for today in (TODAY, TODAY, date(2026, 11, 24)):
        async with engine().transaction() as running:
            await fill(30, today)
            hashes.append(await content_hash())
            await running.rollback()
    assert hashes[0] == hashes[1] != hashes[2]


async def test_a_process_of_its_own_makes_up_the_same_company(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = []
    for apart_from in (1, 100):
        monkeypatch.setattr(telling, "APART_FROM", apart_from)
        monkeypatch.setattr(fill_module, "PARTS_PER_LINES", apart_from)
        async with engine().transaction() as running:
            await fill(30, TODAY)
            lines = await fetch(
                # the numbers of a mail and a fair come from sequences, which a second company does not begin anew
                "SELECT md5(t::text) AS line FROM (SELECT kind, at, title, detail - 'outbox' - 'gathering' FROM timeline_entry) t "
                "ORDER BY 1"
            )
            hashes.append((await content_hash(), [row.line for row in lines]))
            await running.rollback()
    assert hashes[0] == hashes[1]


RULES = """
    SELECT conrelid::regclass::text || pg_get_constraintdef(oid) || convalidated AS rule FROM pg_constraint WHERE conrelid > 0
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT concat(tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1
"""


async def test_tables_are_bare_only_while_they_are_filled(db: None) -> None:
    before = await fetch(RULES)
    async with bare(("interaction", "person"), indexed=("person",), without=("interaction_new_day",)):
        within = {row.rule for row in before} - {row.rule for row in await fetch(RULES)}
        assert any(rule.startswith("interactionFOREIGN KEY (customer)") for rule in within)
        assert any("ix_interaction_customer" in rule for rule in within)
        assert not any("CREATE" in rule and " public.person " in rule for rule in within)
        assert {"interactioninteraction_not_for_mergedO", "interactioninteraction_new_dayO"} <= within
    assert await fetch(RULES) == before
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with bare(("customer_tag",), indexed=()):
            await execute("INSERT INTO customer_tag (customer, tag) VALUES (999999, 999999)")


async def test_nothing_has_happened_after_the_last_midnight_but_what_is_to_come(company: None) -> None:
    for table, column in (
        ("interaction", "at"), ("ticket", "opened_at"), ("ticket", "solved_at"), ("ticket_message", "at"), ("survey_answer", "at"),
        ("consent_event", "at"), ("closure", "at"), ("escalation", "at"), ("customer", "created_at"), ("timeline_entry", "at"),
        ("notification", "at"), ("reminder", "delivered_at"),
    ):  # fmt: skip
        latest = await fetch_value(f"SELECT max({column}) FROM {table}")
        assert latest <= MIDNIGHT, (table, column, latest)


async def test_times_of_an_enquiry_follow_each_other(company: None) -> None:
    wrong = await fetch(
        "SELECT id FROM ticket WHERE first_responded_at < opened_at OR solved_at < first_responded_at OR solved_at < opened_at "
        "UNION ALL SELECT k.id FROM ticket k JOIN ticket_message m ON m.ticket = k.id WHERE m.at < k.opened_at OR m.at > k.solved_at "
        "UNION ALL SELECT ticket FROM ticket_pause WHERE ended_at < started_at"
    )
    assert wrong == []
    numbers = await fetch("SELECT id FROM ticket ORDER BY opened_at, id")
    assert [row.id for row in numbers] == list(range(1001, 1001 + CUSTOMERS))


async def test_each_source_row_has_one_line_in_the_history(company: None) -> None:
    for kind, source in (
        ("interaction", "interaction WHERE customer IS NOT NULL"), ("ticket", "ticket"), ("order", "customer_order"),
        ("quotation", "quotation"), ("survey", "survey_answer WHERE customer IS NOT NULL"), ("consent", "consent_event"),
    ):  # fmt: skip
        lines = await fetch_one(
            "SELECT count(*) AS n, count(DISTINCT ref_id) AS sources FROM timeline_entry WHERE kind = $1", kind
        )
        expected = await fetch_value(f"SELECT count(*) FROM {source}")
        assert lines is not None
        assert (lines.n, lines.sources) == (expected, expected), kind


async def test_a_line_is_found_by_what_the_database_would_have_noted_of_it(company: None) -> None:
    found_by = "SELECT id, kind, channel, phase, folded FROM timeline_entry ORDER BY id"
    before = await fetch(found_by)
    await execute("UPDATE timeline_entry SET title = title")
    assert await fetch(found_by) == before
    assert {row.kind for row in before} >= {
        "interaction",
        "ticket",
        "order",
        "quotation",
        "survey",
        "consent",
        "document",
        "change",
    }
    assert any(row.kind == "ticket" and len(row.folded) > 200 for row in before)


async def test_figures_are_what_counting_the_rows_gives(company: None) -> None:
    for customer in await fetch("SELECT id FROM customer"):
        figures = await fetch_one("SELECT * FROM customer_figures WHERE customer = $1", customer.id)
        assert figures is not None
        contacts = await fetch_one(
            "SELECT count(*) AS n, max(at) AS last FROM interaction WHERE customer = $1 "
            "AND channel IN ('phone', 'email', 'visit', 'letter', 'chat', 'social', 'fair')",
            customer.id,
        )
        assert contacts is not None
        assert (figures.interactions, figures.last_contact_at) == (contacts.n, contacts.last)
        answers = [
            r.score
            for r in await fetch("SELECT score FROM survey_answer WHERE customer = $1 AND metric = 'csat'", customer.id)
        ]
        assert (figures.satisfaction_answers, figures.satisfaction_sum) == (len(answers), sum(answers))
        counted = "SELECT amount FROM customer_order WHERE customer = $1 AND status <> 'cancelled'"
        orders = [r.amount for r in await fetch(counted, customer.id)]
        assert (figures.orders, figures.revenue) == (len(orders), sum(orders))
        open_tickets = await fetch_value(
            "SELECT count(*) FROM ticket WHERE customer = $1 AND status IN ('new', 'open', 'waiting', 'postponed')",
            customer.id,
        )
        assert figures.open_tickets == open_tickets


async def test_three_customers_are_entered_twice_and_already_found(company: None) -> None:
    pairs = await fetch(
        "SELECT a.name AS one, b.name AS other, p.reasons FROM duplicate_pair p JOIN customer a ON a.id = p.one "
        "JOIN customer b ON b.id = p.other WHERE p.state = 'open'"
    )
    reasons = {reason for pair in pairs for reason in pair.reasons.split(",")}
    assert len(pairs) == 3, [(pair.one, pair.other) for pair in pairs]
    assert {"phone_same", "address_same", "names_swapped"} <= reasons


async def test_orders_and_quotations_are_plausible(company: None) -> None:
    wrong = await fetch(
        "SELECT number FROM customer_order WHERE ordered_on > $1 OR delivered_on >= $2 OR delivered_on < ordered_on "
        "UNION ALL SELECT number FROM quotation WHERE sent_at < requested_at OR decided_at < sent_at OR decided_at > $3 "
        "UNION ALL SELECT o.number FROM customer_order o JOIN order_item i ON i.customer_order = o.id "
        "GROUP BY o.id HAVING sum(i.quantity * i.price) NOT IN (o.amount, 0) AND trunc(sum(i.quantity * i.price) * 0.97, 2) <> o.amount",
        TODAY, TODAY, MIDNIGHT,
    )  # fmt: skip
    assert wrong == []
    states = {row.status for row in await fetch("SELECT DISTINCT status FROM quotation")}
    assert states == {"requested", "sent", "accepted", "declined"}
    assert await fetch_value("SELECT count(*) FROM product WHERE retired_at IS NULL AND department <> ''") == 13


async def test_some_customers_order_in_a_rhythm_and_some_are_unusually_quiet(database: str) -> None:
    async with engine().transaction() as running:
        await fill(400, TODAY)
        row = await fetch_one(
            "SELECT count(*) FILTER (WHERE order_rhythm_days IS NOT NULL) AS rhythms, "
            "count(*) FILTER (WHERE next_order_on >= $1) AS expected, count(*) FILTER (WHERE quiet_from_on <= $1) AS quiet "
            "FROM customer_figures",
            TODAY,
        )
        await running.rollback()
    assert row is not None
    assert row.rhythms > row.expected > 0
    assert row.quiet > 0


async def test_some_customers_are_related_and_have_an_account(company: None) -> None:
    rows = await fetch("SELECT id, kind, iban, parent, recommended_by, origin_code FROM customer")
    assert all(iban_of(row.iban) == row.iban for row in rows if row.iban)
    assert 3 <= sum(bool(row.iban) for row in rows) <= CUSTOMERS / 3
    assert {row.origin_code for row in rows if row.recommended_by} == {"recommendation"}
    of = {row.id: row for row in rows}
    below = [row for row in rows if row.parent]
    assert below
    assert all(row.kind == of[row.parent].kind == "organisation" and of[row.parent].parent is None for row in below)


async def test_what_proves_a_consent_fits_what_was_said(company: None) -> None:
    """A no was not answered with yes, and a link was pressed from the mailbox of the person whose consent it confirms."""
    evidence = "FROM consent_event v JOIN consent_payload y ON y.id = v.payload_id"
    assert (
        await fetch_value(f"SELECT count(*) {evidence} WHERE v.event <> 'given' AND y.fields::text LIKE '%bejaht%'")
        == 0
    )
    confirmed, from_their_own = (
        await fetch(
            f"SELECT count(*) AS n, count(*) FILTER (WHERE EXISTS (SELECT FROM email_address e WHERE e.address = y.fields ->> 'mailbox')) "
            f"AS own {evidence} WHERE v.event = 'confirmed' AND y.fields ? 'mailbox'"
        )
    )[0].values()
    assert confirmed == from_their_own > 0
    papers = await fetch(f"SELECT v.source, y.sha256 {evidence} WHERE y.sha256 <> ''")
    assert {row.source for row in papers} == {"paper"}
    assert b"Einwilligung" in (await file_named(papers[0].sha256)).content


async def test_the_consent_ledger_verifies(company: None) -> None:
    outcome = await verify_ledger(by=None, now=MIDNIGHT)
    assert outcome.ok
    assert outcome.events > CUSTOMERS
    assert await fetch_value(
        "SELECT bool_and(at <= next) FROM (SELECT at, lead(at, 1, at) OVER (ORDER BY id) AS next FROM consent_event) x"
    )


async def test_open_enquiries_have_decisions_that_can_be_replayed(company: None) -> None:
    rows = await fetch(
        "SELECT k.id, k.assignee, k.required_level, d.facts::text AS facts, d.decision::text AS decision FROM ticket k "
        "JOIN LATERAL (SELECT * FROM routing_decision WHERE ticket = k.id ORDER BY id DESC LIMIT 1) d ON true "
        "WHERE k.status IN ('new', 'open', 'waiting', 'postponed')"
    )
    assert len(rows) == await fetch_value("SELECT count(*) FROM ticket WHERE status NOT IN ('solved', 'closed')") > 20
    for row in rows:
        stored = Decision.from_facts(msgspec.json.decode(row.decision))
        assert replay(msgspec.json.decode(row.facts)) == stored
        assert (stored.assignee_id, stored.required_level) == (row.assignee, row.required_level)
    assert any(row.assignee is None for row in rows)
    overfilled = await fetch(
        "SELECT p.\"user\" FROM agent_profile p JOIN ticket k ON k.assignee = p.\"user\" AND k.status IN ('new', 'open') "
        'GROUP BY p."user", p.capacity HAVING count(*) > p.capacity'
    )
    assert overfilled == []


async def test_whoever_got_a_delivery_is_thanked_from_now_on(company: None) -> None:
    rule = await fetch_one(
        "SELECT r.is_on, r.since, m.name_de FROM follow_up_rule r JOIN mail_template m ON m.id = r.mail_template "
        "WHERE r.code = 'delivered'"
    )
    assert rule.is_on
    assert rule.since is not None, "nobody is thanked for what was delivered long ago"
    assert rule.name_de == "Dank nach der Lieferung"


async def test_some_contacts_may_belong_to_an_order_and_are_asked_about(company: None) -> None:
    lines = await fetch(
        "SELECT id, text FROM interaction WHERE customer_order IS NULL AND customer IS NOT NULL ORDER BY id DESC LIMIT 300"
    )
    offered = await offers_in([(row.id, row.text) for row in lines])
    assert 0 < len(offered) < len(lines)


async def test_sales_people_find_follow_ups_for_today(company: None) -> None:
    due = await fetch_value(
        'SELECT count(*) FROM reminder r JOIN staff u ON u.id = r."user" WHERE u.email = $1 AND r.done_at IS NULL '
        "AND r.delivered_at IS NULL AND r.due_at >= $2 AND r.due_at < $2 + interval '1 day'",
        "sales@demo.example", MIDNIGHT,
    )  # fmt: skip
    assert due >= 3


async def test_invoices_get_better_in_the_last_two_months(database: str) -> None:
    async with engine().transaction() as running:
        await fill(400, TODAY)
        row = await fetch_one(
            "SELECT avg(score) FILTER (WHERE a.at < $1::timestamptz - interval '62 days') AS before, "
            "avg(score) FILTER (WHERE a.at > $1::timestamptz - interval '45 days') AS lately "
            "FROM survey_answer a JOIN touchpoint t ON t.id = a.touchpoint WHERE t.code = 'invoice' AND metric = 'csat'",
            MIDNIGHT,
        )
        await running.rollback()
    assert row is not None
    assert row.before < 3 < row.lately


async def test_all_touchpoints_but_one_are_tended(company: None) -> None:
    found = await kept_touchpoints()
    assert [one.row.code for one in found if one.is_untended] == ["review_portal"]
    assert {one.row.code: one.row.state for one in found if one.row.state != "active"} == {
        "customer_portal": "planned", "fax_order": "retired",
    }  # fmt: skip
    assert [one.row.replacement for one in found if one.row.state == "retired"] == ["order_entry"]
    known = [code for one in found for code in one.moments]
    remedies = "SELECT count(*) FROM contact_reason WHERE code = ANY($1) AND remedy_de <> '' AND remedy_en <> ''"
    assert len(known) == 4 == await fetch_value(remedies, known)


async def test_everybody_on_the_list_can_log_in(company: None) -> None:
    assert [address.partition("@")[0] for _role, address, _p in LOGINS] == [
        "admin", "sales", "agent", "expert", "lead", "manager", "dpo",
    ]  # fmt: skip
    for _role, address, password in LOGINS:
        stored = await fetch_value("SELECT password_hash FROM staff WHERE email = $1", address)
        assert password == PASSWORD
        assert await password_fits(stored, password)


async def test_what_is_added_later_gets_the_next_number(company: None) -> None:
    number, ticket = (
        await fetch_value("SELECT nextval('customer_number')"),
        await fetch_value("SELECT nextval('ticket_id_seq')"),
    )
    assert (number, ticket) == (10_001 + CUSTOMERS, 1001 + CUSTOMERS)


async def test_a_database_with_customers_is_refused(company: None) -> None:
    with pytest.raises(RuleBroken):
        await fill(5, TODAY)


async def test_a_crash_in_the_middle_leaves_nothing(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*_: object) -> None:
        raise ConnectionError("the power is gone")

    with monkeypatch.context() as patched:
        patched.setattr("crm.demo.finishing.write_figures", breaks)
        with pytest.raises(ConnectionError):
            await fill(5, TODAY)
    assert await is_empty()
    await fill(5, TODAY)
    assert await fetch_value("SELECT demo_filled_at FROM company") is not None


async def test_names_with_umlauts_are_found_as_people_type_them(db: None) -> None:
    await fill(300, TODAY)
    assert await fetch_value("SELECT count(*) FROM customer WHERE name LIKE '%Größmann%'") > 0
    assert (
        await fetch_value(
            "SELECT count(*) FROM customer WHERE name LIKE '%Größmann%' AND search_text NOT LIKE '%grossmann%'"
        )
        == 0
    )


async def test_enquiries_belong_together(company: None) -> None:
    for sql in (
        "SELECT count(*) FROM ticket_merge WHERE undone_at IS NULL",
        "SELECT count(*) FROM ticket_link",
        "SELECT count(*) FROM escalation WHERE is_back",
        "SELECT count(*) FROM reminder WHERE ticket IS NOT NULL AND done_at IS NULL",
        "SELECT count(*) FROM closure WHERE product IS NOT NULL",
    ):
        assert await fetch_value(sql) >= 1, sql


async def test_a_question_was_answered_automatically_and_another_came_back_to_a_person(company: None) -> None:
    rows = await fetch(
        "SELECT k.status, x.ended_at, k.required_level, m.outbox_id FROM automatic_answer x JOIN ticket k ON k.id = x.ticket "
        "JOIN ticket_message m ON m.id = x.message_id WHERE m.outbox_id IS NOT NULL ORDER BY x.id"
    )  # of months ago there are no mails any more
    assert [(row.status, row.ended_at is None) for row in rows] == [("waiting", True), ("open", False)]
    for row in rows:
        assert await fetch_value("SELECT status FROM outbox_message WHERE id = $1", row.outbox_id) == "sent"
    assert not await fetch_value("SELECT is_on FROM level_zero"), "nothing more is answered so"


async def test_answers_keep_the_text_blocks_that_stand_in_them(company: None) -> None:
    blocks = await fetch("SELECT id, body_de FROM text_block WHERE body_de <> ''")
    assert len(blocks) > len(BLOCKS)
    kept = {
        (row.message, row.text_block): Left.CHANGED if row.is_changed else Left.WHOLE
        for row in await fetch("SELECT message, text_block, is_changed FROM answer_source")
    }
    replies = await fetch(
        "SELECT id, text FROM ticket_message WHERE kind = 'reply' AND NOT is_automatic AND channel = 'email'"
    )
    assert replies
    found = {(reply.id, block.id): left_of(block.body_de, reply.text) for reply in replies for block in blocks}
    assert {key: left for key, left in found.items() if left == Left.WHOLE or key in kept} == kept
    figures = await ways_between(MIDNIGHT - timedelta(days=365), MIDNIGHT, now=MIDNIGHT)
    assert figures[Way.FREE].enquiries > 0
