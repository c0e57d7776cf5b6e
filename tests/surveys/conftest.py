"""A kitchen maker who asks: Frau Ost agreed to surveys, Herr West never did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from crm.consents.actions import record_event
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.customers.actions import create_private_person
from crm.customers.data import MasterData, PersonData, PrivatePersonData
from crm.database import execute
from crm.surveys.defining import create_survey, start_survey
from crm.surveys.forms import Question, SurveyData
from crm.surveys.tables import Audience, Occasion, QuestionKind
from tests.cast import Cast

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)  # a Friday, eleven o'clock in Berlin
LATER = NOW + timedelta(hours=2)

HOW_SATISFIED = Question(QuestionKind.CSAT, "Wie zufrieden waren Sie?", "How satisfied were you?")


@dataclass(frozen=True)
class Asked:
    """Petra owns Frau Ost, who may be asked, and Herr West, who may not."""

    cast: Cast
    ost: int
    ost_person: int
    west: int


async def private_person(name: str, email: str, cast: Cast, language: str = "de") -> tuple[int, int]:
    data = PrivatePersonData(
        PersonData("Olga", name, email=email, form_of_address="ms", language=language),
        MasterData(owner_id=cast.petra.id, language=language),
    )
    return await create_private_person(data, by=cast.petra.id, now=NOW - timedelta(days=200))


async def agree(person_id: int, cast: Cast) -> None:
    """A consent that counts: given, and confirmed by the holder of the mailbox."""
    for kind, source in (
        (ConsentEventKind.GIVEN, ConsentSource.WEB_FORM), (ConsentEventKind.CONFIRMED, ConsentSource.PREFERENCE_PAGE)
    ):  # fmt: skip
        await record_event(
            person_id=person_id, purpose="survey", channel="email", event=kind, source=source, wording_version=1, by=None,
            now=NOW - timedelta(days=100),
        )  # fmt: skip


def survey(**changed: object) -> SurveyData:
    values: dict[str, object] = {
        "name": "Nach der Anfrage", "audience": Audience.CUSTOMERS, "occasion": Occasion.TICKET_SOLVED, "touchpoint": "hotline",
        "days": 0, "is_anonymous": False, "limit_days": 90, "valid_days": 30, "low": 2, "at_night": False, "intro_de": "",
        "intro_en": "", "questions": (HOW_SATISFIED,),
    }  # fmt: skip
    return SurveyData(**{**values, **changed})  # type: ignore[arg-type]


async def running(data: SurveyData, cast: Cast, *, since: datetime = NOW) -> int:
    survey_id = await create_survey(data, by=cast.eva.id, now=since)
    await start_survey(survey_id, by=cast.eva.id, now=since)
    return survey_id


async def solved(customer_id: int, person_id: int | None, at: datetime, subject: str = "Wo bleibt die Platte?") -> int:
    """An enquiry that somebody solved at this moment."""
    from crm.tickets.opening import NewTicket, open_ticket

    opened = await open_ticket(
        NewTicket(customer_id, subject, "Bitte.", person_id=person_id), by=None, now=at - timedelta(hours=1)
    )
    await execute("UPDATE ticket SET status = 'solved', solved_at = $2 WHERE id = $1", opened.id, at)
    return opened.id


@pytest.fixture
async def asked(cast: Cast) -> Asked:
    ost, ost_person = await private_person("Ost", "ost@kunde.example", cast)
    west, _west_person = await private_person("West", "west@kunde.example", cast)
    await agree(ost_person, cast)
    return Asked(cast, ost, ost_person, west)
