"""A low answer of a customer whom we know opens an enquiry to call them back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.customers.data import full_name_sql
from crm.customers.figures import lock_figures
from crm.database import Row, execute, fetch_one, fetch_value
from crm.reminders.alarming import is_fresh
from crm.service_levels.tables import Priority
from crm.surveys.forms import Given
from crm.surveys.scales import SCALES, is_low
from crm.surveys.tables import Metric
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.tables import TicketKind
from crm.web.i18n import _, speaking


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers what: the survey, the version of its questions, and what is known of the one who answers."""

    survey: Row
    questions: Sequence[Row]
    source: str
    touchpoint: str = ""
    customer_id: int | None = None
    person_id: int | None = None
    ticket_id: int | None = None
    by: int | None = None


async def call_back_if_low(
    response_id: int, answering: Answering, given: Given, *, at: datetime, now: datetime
) -> int | None:
    """A low answer of somebody whom we know: an enquiry to call them back. Answers who has got it (and so knows), None if nobody or if
    none was opened. What is old when it is typed in opens nothing."""
    score, low = given.scores[0], answering.survey.low
    if answering.customer_id is None or not is_low(score, low) or not is_fresh(at, now):
        return None
    await lock_figures([answering.customer_id])
    about = await fetch_one(
        f"SELECT coalesce(nullif(p.language, ''), c.language) AS language, coalesce({full_name_sql('p')}, c.name) AS name, "
        "coalesce((SELECT t.is_moment_of_truth FROM touchpoint t WHERE t.code = $3), false) AS is_moment "
        "FROM customer c LEFT JOIN person p ON p.id = $2 WHERE c.id = $1",
        answering.customer_id, answering.person_id, answering.touchpoint,
    )  # fmt: skip
    if about is None:
        return None
    first = answering.questions[0]
    language = str(await fetch_value("SELECT language FROM company"))
    with speaking(language):
        highest = SCALES[Metric(first.kind)][1]
        subject = _("Call back: %(score)s of %(highest)s in “%(survey)s”") % {
            "score": score, "highest": highest, "survey": answering.survey.name,
        }  # fmt: skip
        text = given.comment or _("%(name)s gave a low answer without saying why.") % {"name": about.name}
    opened = await open_ticket(
        NewTicket(
            answering.customer_id, subject[:200], text, priority=Priority.HIGH, kind=TicketKind.COMPLAINT,
            channel="letter" if answering.source == "paper" else "web", person_id=answering.person_id,
            is_moment_of_truth=about.is_moment,
        ),
        by=answering.by, now=now,
    )  # fmt: skip
    await execute("UPDATE survey_response SET ticket = $2 WHERE id = $1", response_id, opened.id)
    return opened.choice.decision.assignee_id
