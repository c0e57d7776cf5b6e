"""Fills an empty database with the demo company, in chunks and in one transaction: a crash leaves the database empty."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from datetime import date, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from crm.catalogues import install_catalogues
from crm.database import Lock, execute, fetch_value, take_lock, transaction
from crm.demo import automatic, finishing, lines
from crm.demo.access import write_access
from crm.demo.alarms import write_alarms
from crm.demo.answering import write_answers
from crm.demo.assessments import write_assessments
from crm.demo.bare import bare
from crm.demo.calls import write_call_backs
from crm.demo.company import Part, Plan
from crm.demo.days import Days
from crm.demo.draw import Draw
from crm.demo.enquiries import open_count
from crm.demo.erasures import write_erasures
from crm.demo.exports import write_exports
from crm.demo.fairs import write_fair
from crm.demo.feedback import end_criticism, note_points
from crm.demo.forwarded import write_forwarded
from crm.demo.guides import follow_guides
from crm.demo.imports import tell_of_imports
from crm.demo.incoming import write_incoming
from crm.demo.intended import write_intended
from crm.demo.latitude import say_what_may_be_decided
from crm.demo.letter_boxes import write_letter_boxes
from crm.demo.mailed import write_mailed
from crm.demo.mailings import write_mailings
from crm.demo.mails import write_mails
from crm.demo.measures import write_measures
from crm.demo.personas import write_personas
from crm.demo.preferences import write_origins
from crm.demo.products_named import write_products_named
from crm.demo.profiles import define, score, write_values
from crm.demo.promises import tell_of_service_levels
from crm.demo.quality import write_quality
from crm.demo.requests import write_requests
from crm.demo.retentions import write_retention
from crm.demo.rows import Rows, set_sequences, write
from crm.demo.staff import CAPACITY, COLLEAGUES, DOMAIN, hire_staff
from crm.demo.surveys import write_surveys
from crm.demo.telling import parts
from crm.demo.tending import tend_touchpoints
from crm.demo.together import OPENED, put_together
from crm.demo.topic_rules import write_topic_rules
from crm.demo.views import write_views
from crm.demo.ways import write_ways
from crm.demo.web_forms import write_forms
from crm.demo.world import World, look_around
from crm.errors import RuleBroken
from crm.records.searching import compare_changed

COMPANY = "Beispielküchen Lindenlaub GmbH"
IMPRINT = (
    "Beispielküchen Lindenlaub GmbH\nWerkstraße 12\n10115 Berlin\nTelefon 030 23125 000\n"
    "Geschäftsführung: Karin Vogt\n\nDiese Firma und alle ihre Kunden sind erfunden."
)
ZONE = ZoneInfo("Europe/Berlin")
PURPOSES_LAST = (
    ("service", 36, None), ("contract", 72, None), ("correspondence", 24, None), ("newsletter", 12, None), ("offers", 12, 36),
    ("survey", 6, 24), ("advice", 24, None),
)  # fmt: skip
"""Of some purposes: months for which data are kept afterwards, and for which a consent holds."""

READ_MEANWHILE = ("person", "affiliation", "email_address", "consent_event", "ticket_message")
"""What the database's own rules look up when a consent comes, and what the line of an enquiry is made from."""

PARTS_PER_LINES = 4

Progress = Callable[[int, int], None]


async def fill(
    customers: int,
    today: date,
    progress: Progress | None = None,
    *,
    contacts_per_customer: float = 10,
    tickets_per_customer: float = 1,
) -> None:
    """Write the demo company: staff, `customers` customers and what happened with them in the 24 months before `today`.

    The same arguments give the same company. `progress` is told how many customers of how many are written. Raises
    RuleBroken if there are customers already. Everything is one transaction, its last statement the mark that the
    demo is there: after a crash the database is as empty as before and can be filled again.
    """
    await install_catalogues()
    async with transaction():
        await take_lock(Lock.DEMO)
        await execute("SET LOCAL work_mem = '128MB'")
        await execute("SET LOCAL maintenance_work_mem = '256MB'")
        await _refuse_a_used_database()
        days = Days(today, ZONE, Draw(today.isoformat(), customers, "days"))
        open_ = open_count(round(customers * tickets_per_customer))
        agents = sum(1 for colleague in COLLEAGUES if colleague.levels and not colleague.is_away)
        staff = await hire_staff(days.end, ZONE, capacity=max(CAPACITY, ceil(open_ * 1.3 / agents)))
        await tell_of_service_levels(days, staff.ids["lead"])
        world = await look_around(days, staff)
        await define(world)
        await say_what_may_be_decided()
        rows = await Rows.numbered_from_the_database()
        before = dict(rows.last_ids)
        total = round(customers * tickets_per_customer)
        plan = Plan(customers, max(0, total - open_ - OPENED - automatic.OPENED), open_, contacts_per_customer)
        async with bare(
            (*rows.last_ids, "timeline_entry", "customer_figures"), READ_MEANWHILE, without=lines.OWN_WORDS
        ):
            last = await _write_story(world, rows, plan, progress)
            await lines.write_last_lines(before)
            await finishing.write_figures(before["customer"])
        await finishing.count_orders(before["customer"])
        await write_exports(world)
        await write_views(world)
        await follow_guides(world)
        await tend_touchpoints(world)
        await note_points(world)
        await write_mails(world)
        await write_incoming(days.end)
        await write_letter_boxes()
        await write_origins(days.end)
        await write_forms(days.end)
        await write_products_named(days.end)
        await write_values(world)
        await write_call_backs(world)
        await set_sequences(last.last_ids)
        await write_topic_rules()
        await write_forwarded(days.end)
        await put_together(days.at(days.working_day(-1), 18, 1), days.end)
        await write_mailed(days.end)
        await write_mailings(world)
        await write_quality(days.end)
        await write_measures(world)
        await end_criticism(world)
        await write_personas(world)
        await write_intended(world)
        await write_fair(world)
        await write_surveys(world)
        await write_assessments(world)
        await write_answers(world)
        await automatic.answer_automatically(world)
        await write_ways(world)
        await write_alarms(world)
        await score(world)
        await write_requests(world)
        await write_access(world)
        await tell_of_imports(days.end, staff.ids["lead"])
        await compare_changed(last.doubles, now=days.end)
        await write_erasures(world)
        await write_retention(world)
        await _settle_in(world)
    for table in ("attribute_basis", "attribute_value", "customer_score"):
        await execute(f"ANALYZE {table}")


async def _write_story(world: World, rows: Rows, plan: Plan, progress: Progress | None) -> Part:
    """Part by part, and now and then the lines in the histories: the database has time while the next part is made. Answers the
    last part."""
    last, lined = Part(0, {}, rows.last_ids), dict(rows.last_ids)
    count = 0
    async with aclosing(parts(world, rows, plan)) as made:
        async for part in made:
            await write(part.rows)
            if progress is not None and part.done != last.done:
                progress(part.done, plan.customers)
            last, count = part, count + 1
            if count % PARTS_PER_LINES == 0:
                await lines.write_lines(lined)
                lined = part.last_ids
    await lines.write_lines(lined)
    await finishing.mark_assignments(last.assigned)
    return last


async def _refuse_a_used_database() -> None:
    if await fetch_value("SELECT EXISTS (SELECT FROM customer)"):
        raise RuleBroken("There are customers already. The demo company goes into an empty database only.")
    taken = await fetch_value("SELECT email FROM staff WHERE email LIKE '%@' || $1 LIMIT 1", DOMAIN)
    if taken:
        raise RuleBroken(f"There is a user {taken} already. The demo company brings its own.")


async def _settle_in(world: World) -> None:
    """The company's name, wordings that are as old as the consents, and last the mark that the demo is there."""
    await execute("UPDATE wording SET valid_from = least(valid_from, $1)", world.days.begin - timedelta(days=1))
    for code, kept, holds in PURPOSES_LAST:
        await execute(
            "UPDATE purpose SET retention_months = $2, consent_months = $3 WHERE code = $1", code, kept, holds
        )
    await execute(
        "UPDATE privacy_particulars SET controller_contact = $2, officer_name = 'Sven Adler', officer_contact = $1, "
        "representative = 'Karin Vogt (Geschäftsführerin)', "
        "authority = 'Berliner Beauftragte für Datenschutz und Informationsfreiheit, Alt-Moabit 59–61, 10555 Berlin', "
        "recipients = 'Steuerkanzlei Ahrens, Berlin', measures = 'Server im verschlossenen Raum; jährliche Schulung aller Beschäftigten'",
        f"datenschutz@{DOMAIN}",
        f"Werkstraße 12, 10115 Berlin\nTelefon 030 23125 000\nservice@{DOMAIN}",
    )
    await execute(
        "UPDATE company SET name = $1, imprint = $2, mail_from = $3, demo_filled_at = $4, report_nps_target = 40, "
        "report_promises_target = 95, report_first_contact_target = 50",
        COMPANY,
        IMPRINT,
        f"service@{DOMAIN}",
        world.now,
    )
