"""A house that is really lived in (what is written stays written), for whoever wants to break in or stumbles about."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Role
from crm.consents.actions import record_event
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.customers.actions import add_person, create_organisation, create_private_person
from crm.customers.data import MasterData, OrganisationData, PersonData, PrivatePersonData
from crm.customers.documents import NewDocument, attach_document
from crm.customers.lists.tables import BulkKind
from crm.customers.orders.actions import create_order
from crm.customers.orders.data import Item, OrderRecord
from crm.customers.products.actions import create_product
from crm.customers.quotations.actions import create_quotation
from crm.customers.tagging import tag_customers
from crm.database import decoded, execute, fetch_value
from crm.improvement.actions import NewFeedback, note_feedback
from crm.improvement.assessments.actions import open_round
from crm.improvement.assessments.forms import RoundData
from crm.improvement.measures.actions import answer_feedback, plan_measure
from crm.improvement.measures.rules import MeasureData, NewTask
from crm.improvement.measures.tasks import add_task
from crm.improvement.tables import ExpectationLevel, FeedbackKind
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.calls.noting import NewCallBack, note_call_back
from crm.interactions.calls.tables import CallBackKind
from crm.interactions.events.holding import EventData, create_event
from crm.interactions.incoming.receiving import file_incoming_mail, receive_incoming
from crm.interactions.tables import Channel, Direction
from crm.interactions.web_forms.defining import create_form
from crm.mailings.drafting import draft_mailing
from crm.mailings.forms import Draft
from crm.mailings.tables import MailingKind
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.privacy.access.handing import black_out
from crm.privacy.access.producing import request_copy
from crm.privacy.access.tables import BlackedKind
from crm.privacy.desk.filing import file_request
from crm.records.bulk import Change, start_bulk_change
from crm.records.export_columns import FOR_IMPORT
from crm.records.export_forms import ExportWish
from crm.records.export_purposes import FIXED, RecipientKind
from crm.records.exports import produce_export, request_export
from crm.records.importing import work_on_import
from crm.records.imports import Settings, assign_columns, receive_import, start_import
from crm.records.merging import Wish, merge_customers
from crm.records.tables import Rule
from crm.records.targets import ImportKind
from crm.reminders.actions import set_reminder
from crm.surveys.answering import type_in
from crm.surveys.defining import create_survey, start_survey
from crm.surveys.forms import Given, Question, SurveyData
from crm.surveys.tables import Audience, Occasion, QuestionKind
from crm.tickets.answers.keeping import AnswerText, draft_answer
from crm.tickets.opening import NewTicket, open_ticket
from tests.browser import Browser
from tests.cast import Cast, introduce
from tests.interactions.web_forms.conftest import VALUES as FORM


@dataclass(frozen=True)
class House:
    """Größmann with Anna as its person, and Emre, each with a contact, an enquiry and a follow-up of Ali's."""

    cast: Cast
    groessmann: int
    anna: int
    emre: int
    emre_person: int
    ticket: int
    emre_ticket: int
    interaction: int
    emre_interaction: int
    reminder: int
    notification: int
    document: int
    emre_document: int
    export: int
    order: int
    emre_order: int
    quotation: int
    emre_quotation: int
    product: int
    run: int
    merge: int
    pair: int
    bulk: int
    tag: int
    alarm: int
    feedback: int
    emre_feedback: int
    event: int
    mail: int
    form: int
    request: int
    copy: int
    address: int
    mailing: int
    survey: int
    measure: int
    round: int


async def furnish(cast: Cast) -> House:
    now = datetime.now(UTC) - timedelta(hours=1)
    me = cast.ali.id
    for user, level in ((cast.ali, 1), (cast.jonas, 2), (cast.mia, 3)):
        await execute(
            "INSERT INTO agent_profile (\"user\", capacity, languages, channels) VALUES ($1, 50, 'de', '')", user.id
        )
        await execute('INSERT INTO competence ("user", topic, level) SELECT $1, id, $2 FROM topic', user.id, level)
    company = OrganisationData("Größmann Küchen GmbH", "info@groessmann.example", "", MasterData(service_level="gold"))
    groessmann = await create_organisation(company, by=me, now=now)
    anna = await add_person(
        groessmann, PersonData("Anna", "Quitterer", email="anna@groessmann.example"), by=me, now=now
    )
    emre, person = await create_private_person(
        PrivatePersonData(PersonData("Emre", "Yıldız", email="emre@yildiz.example"), MasterData()), by=me, now=now
    )
    interactions, tickets = [], []
    for customer, who in ((groessmann, anna), (emre, person)):
        contact = NewInteraction(
            customer,
            Channel.PHONE,
            Direction.INBOUND,
            "Ruft wegen Lieferung an.",
            who,
            touchpoint="hotline",
            impression=2,
        )
        interactions.append((await log_interaction(contact, by=me, now=now)).id)
        observed = "INSERT INTO observation (interaction, source, link, linked_at) VALUES ($1, 'Portal', '', $2)"
        await execute(observed, interactions[-1], now)
        tickets.append(
            (await open_ticket(NewTicket(customer, "Wo bleibt sie?", "Bitte.", person_id=who), by=me, now=now)).id
        )
        await execute("UPDATE ticket SET assignee = $2, solution_due_at = $3 WHERE id = $1", tickets[-1], me, now)
        for event in (ConsentEventKind.GIVEN, ConsentEventKind.WITHDRAWN):
            await record_event(
                person_id=who, purpose="newsletter", channel="email", event=event, source=ConsentSource.PAPER,
                wording_version=1, by=me, now=now,
            )  # fmt: skip
    alarm = await fetch_value("SELECT id FROM alarm WHERE interaction_id = $1", interactions[1])
    documents = []
    for customer, who, name in ((groessmann, anna, "Plan Quitterer.pdf"), (emre, person, "Angebot Yıldız.pdf")):
        file = NewDocument(name, b"%PDF-1.7 " + name.encode(), "application/pdf", who)
        documents.append((await attach_document(customer, file, by=me, now=now)).document_id)
    wish = ExportWish(
        FIXED[0], "", RecipientKind.INTERNAL, "", "", (emre, groessmann), "csv", FOR_IMPORT, "words", "person", "comma", "utf-8",
    )  # fmt: skip
    export = await request_export(wish, total=2, described="2", by=cast.eva.id, now=now)
    await produce_export(export, now=now)
    reminder = await set_reminder(
        user_id=me, customer_id=emre, text="Zurückrufen", due_at=now + timedelta(minutes=1), by=me, now=now
    )
    notification = await notify(
        me,
        Kind.REMINDER_DUE,
        detail={"reminder_id": reminder, "text": "Zurückrufen", "customer": ""},
        link="/",
        now=now,
    )
    assert notification is not None
    worktop = {"code": "AP-100", "name_de": "Arbeitsplatte", "name_en": "Worktop", "department": "Fertigung"}
    product = await create_product(worktop, by=me, now=now)
    orders, quotations = [], []
    for customer, number in ((groessmann, "A-1"), (emre, "A-2")):
        items = (Item("AP-100", "", Decimal(1), Decimal(100)),)
        record = OrderRecord(customer, number, now.date(), Decimal(100), items=items)
        orders.append(await create_order(record, by=me, now=now))
        asked = {"subject": "Küche", "products": ("AP-100",), "requested_at": now.replace(second=0, microsecond=0)}
        quotations.append(await create_quotation(customer, asked, by=me, now=now))
    for customer in (groessmann, emre):
        who, name = (anna, "Quitterer") if customer == groessmann else (person, "Yıldız")
        wish = NewCallBack(CallBackKind.WANTED, "", name, customer_id=customer, person_id=who)
        await note_call_back(wish, by=me, now=now)
    noted = [
        await note_feedback(NewFeedback(FeedbackKind.CRITICISM, interaction_id=one), by=me, now=now)
        for one in interactions
    ]
    await draft_answer(AnswerText("general", None, "Wann?", text_de="Immer."), by=me, now=now)
    fair = await create_event(EventData("Baumesse", now.date()), by=me, now=now)
    mail = await _stranger_writes(tickets[0], now)
    form = await create_form(FORM, by=cast.eva.id, now=now)
    run, merge, pair, bulk, tag = await _work_on_records(cast, emre, now)
    address = await fetch_value(
        "INSERT INTO email_address (customer, address, position) VALUES ($1, 'info@yildiz.example', 0) RETURNING id",
        emre,
    )
    request, copy = await _ask_for_a_copy(cast, anna, now)
    return House(
        cast, groessmann, anna, emre, person, *tickets, *interactions, reminder, notification, *documents, export, *orders,
        *quotations, product, run, merge, pair, bulk, tag, alarm, *noted, fair, mail, form,
        request, copy, address, await _draft_a_mailing(cast, now), await _ask(cast, emre, now),
        await _plan_a_measure(cast, noted, now),
        await open_round(RoundData("Herbst", (now + timedelta(days=7)).date(), ("hotline",)), by=cast.eva.id, now=now),
    )  # fmt: skip


async def _plan_a_measure(cast: Cast, points: list[int], now: datetime) -> int:
    """Eva plans a measure that answers what both customers criticised, with a task for Petra."""
    data = MeasureData(
        "Rückruf", "Alle werden zurückgerufen.", "", "csat", "", Decimal(4), 90, ExpectationLevel.BASIC, cast.eva.id, now.date(), None
    )  # fmt: skip
    measure = await plan_measure(data, by=cast.eva.id, now=now)
    for point in points:
        await answer_feedback(measure, point, by=cast.eva.id, now=now)
    await add_task(measure, NewTask("Anrufen", now.date(), cast.petra.id, reminds=False), by=cast.eva.id, now=now)
    return measure


async def _draft_a_mailing(cast: Cast, now: datetime) -> int:
    """Eva drafts a newsletter to all customers."""
    view = await fetch_value(
        "INSERT INTO saved_view (name, owner, query, created_at, version) VALUES ('Alle', $1, '', $2, 1) RETURNING id",
        cast.eva.id, now,
    )  # fmt: skip
    eva = CurrentUser(cast.eva.id, cast.eva.name, cast.eva.email, Role.LEAD, "de", "", True, None, None)
    draft = Draft(MailingKind.NEWSLETTER, "newsletter", "Herbst", view, "Neues", "", "{Anrede}", "", 60, True)
    return await draft_mailing(draft, eva, now=now)


async def _ask(cast: Cast, emre: int, now: datetime) -> int:
    """A survey that runs, and Emre's answer on paper."""
    how = Question(QuestionKind.CSAT, "Zufrieden?", "Satisfied?")
    data = SurveyData(
        "Nach der Anfrage", Audience.CUSTOMERS, Occasion.TICKET_SOLVED, "hotline", 0, False, 90, 30, 2, True, "", "", (how,)
    )  # fmt: skip
    survey = await create_survey(data, by=cast.eva.id, now=now)
    await start_survey(survey, by=cast.eva.id, now=now)
    answered = Given({0: 4}, {}, "Herr Yıldız ist zufrieden")
    await type_in(survey, answered, at_on=now.date(), customer_id=emre, by=cast.ali.id, now=now)
    return survey


async def _ask_for_a_copy(cast: Cast, anna: int, now: datetime) -> tuple[int, int]:
    """Anna wants to know what is stored about her, and a copy waits to be made."""
    request = await file_request("access", source="mail", text="Bitte alles.", person_id=anna, by=cast.sven.id, now=now)
    copy = await request_copy(request, "de", by=cast.sven.id, now=now)
    await black_out(request, BlackedKind.PASSAGE, "Sandvoß", "Rechte anderer", by=cast.sven.id, now=now)
    return request, copy


async def _stranger_writes(ticket: int, now: datetime) -> int:
    """A mail that names somebody else's enquiry, and so waits for a person."""
    mail_id = await receive_incoming(
        f"From: fremd@spam.example\r\nSubject: zu #{ticket}\r\n\r\nHallo".encode(), now=now
    )
    assert mail_id is not None
    await file_incoming_mail(mail_id, now=now)
    return mail_id


async def _work_on_records(cast: Cast, emre: int, now: datetime) -> tuple[int, int, int, int, int]:
    """What many customers at once leave behind of Emre: an import that changed him, a merge, a pair that looks the same, a tag
    for many; their ids, and that of a tag that he has."""
    by = cast.eva.id
    with TemporaryDirectory() as folder:
        path = Path(folder) / "messe.csv"
        path.write_text(
            "Vorname;Nachname;E-Mail;Kurzprofil\nEmre;Yıldız;emre@yildiz.example;Sucht eine Küche\n;;kaputt@;\n"
        )
        run = await receive_import(path, path.name, ImportKind.CUSTOMERS, by=by, now=now)
    mapping = decoded(await fetch_value("SELECT mapping FROM import_run WHERE id = $1", run))
    await assign_columns(run, Settings(tuple(mapping), Rule.UPDATE, "Messe"), by=by, now=now)
    await start_import(run, now=now)
    assert not await work_on_import(run, now=now)
    namesakes = []
    for _twice in range(2):
        data = PrivatePersonData(PersonData("Emre", "Yılmaz", email="e@y.example"), MasterData())
        namesakes.append((await create_private_person(data, by=by, now=now))[0])
    merge = await merge_customers(Wish(emre, namesakes[0]), by=by, now=now)
    pair = await fetch_value(
        "INSERT INTO duplicate_pair (one, other, score, reasons, state, fingerprint, found_at) "
        "VALUES ($1, $2, 0.97, 'name', 'open', '', $3) RETURNING id",
        emre, namesakes[1], now,
    )  # fmt: skip
    bulk = await start_bulk_change(Change(BulkKind.TAG_ADD, "Messe"), [emre], "", by=by, now=now)
    await tag_customers([emre], add=["Altbau"], by=by, now=now)
    tag = await fetch_value("SELECT id FROM tag WHERE name = 'Altbau'")
    return run, merge, int(pair), bulk, int(tag)


@pytest.fixture
async def house(own_database: str) -> House:
    return await furnish(await introduce())


@pytest.fixture
async def doors(asgi_app: Any, house: House) -> AsyncIterator[Browser]:
    """A browser at this house; log in first."""
    from crm.app import prepare

    await prepare(asgi_app.app)
    transport = httpx.ASGITransport(app=asgi_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield Browser(client)


def routes(app: Any) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """(method, path, handler) of every route that this program declares."""
    for route in app.app.routes:
        for handler in route.route_handlers:
            if isinstance(handler, HTTPRouteHandler) and handler.fn.__module__.startswith("crm."):
                for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                    yield str(method), route.path_format, handler


def numbers_of(house: House, path: str, *, customer: int = 0, person: int = 0, ticket: int = 0) -> str:
    """The path with the numbers of things that exist: Größmann's unless others are named."""
    is_emre = customer == house.emre
    known = {
        "customer_id": customer or house.groessmann, "person_id": person or house.anna, "ticket_id": ticket or house.ticket,
        "other_id": ticket or house.ticket,
        "alarm_id": house.alarm, "answer_id": 1,
        "call_back_id": 2 if is_emre else 1, "feedback_id": house.emre_feedback if is_emre else house.feedback,
        "reminder_id": house.reminder, "notification_id": house.notification, "user_id": house.cast.jonas.id, "session_id": 999,
        "document_id": house.emre_document if customer == house.emre else house.document,
        "export_id": house.export, "token_id": 999, "view_id": 999, "bulk_id": house.bulk, "handover_id": 999, "put_back_id": 999,
        "run_id": house.run, "merge_id": house.merge, "pair_id": house.pair, "tag_id": house.tag, "mailing_id": house.mailing,
        "template_id": 1, "message_id": 1, "block_id": 1, "mail_id": house.mail, "event_id": house.event, "outbox_id": 1, "team_id": 1,
        "month": "2026-10", "kind": "smtp", "code": "hotline", "phase_code": "retention",
        "copy_id": house.copy, "copy_file_id": 1, "blacked_id": 1,
        "latitude_id": 1, "address_id": house.address, "review_id": 1, "rule_id": 1, "box_id": 1,
        "erasure_id": 1, "duty_id": 1, "hold_id": 1, "request_id": house.request,
        "notice_id": 1, "survey_id": house.survey, "note_id": 1, "measure_id": house.measure, "task_id": 1,
        "persona_id": 1, "round_id": house.round, "intended_id": 1, "draft_id": 1, "question": "who",
        "reason_id": 1, "origin_id": 1, "form_id": house.form, "level_id": 1, "calendar_id": 1, "topic_id": 1,
        "interaction_id": house.emre_interaction if is_emre else house.interaction,
        "record_id": 999,
        "order_id": house.emre_order if is_emre else house.order, "product_id": house.product,
        "quotation_id": house.emre_quotation if is_emre else house.quotation,
    }  # fmt: skip
    return re.sub(r"\{(\w+)\}", lambda found: str(known.get(found[1], "x")), path)


async def count(table: str) -> int:
    return int(await fetch_value(f"SELECT count(*) FROM {table}"))
