"""Turns the rows that figures.py has read into the figures of a month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from crm.reports import months
from crm.reports.figures_responses import responses_of
from crm.reports.figures_rights import requests_of
from crm.reports.figures_sales import sales_of
from crm.reports.figures_targets import targets_of
from crm.reports.figures_voices import AtTouchpoints, voices_of
from crm.reports.shape import (
    ConsentMonth,
    Counted,
    LevelMonth,
    MonthFigures,
    MonthPoint,
    Overdue,
    Phase,
    Promises,
    Score,
    TopicMonth,
    TouchpointMonth,
)
from crm.surveys.scales import usual_low
from crm.surveys.tables import Metric
from crm.touchpoints.statistics import mean_estimate, nps_estimate

Rows = Sequence[Mapping[str, Any]]

LOW_ANSWER = usual_low(Metric.CSAT)
"""Satisfaction of 1 or 2 of 5 is a low answer."""


def gathered(parts: Mapping[str, Rows], *, month: date, now: datetime, is_provisional: bool) -> MonthFigures:
    """The figures of `month` from the named parts of the statement in figures.py."""
    answers = parts["answers"]
    touchpoints = _touchpoints(parts)
    return MonthFigures(
        month=month,
        computed_at=now,
        is_provisional=is_provisional,
        contacts=sum(row["count"] for row in parts["channels"]),
        contacts_before=sum(row["before"] for row in parts["channels"]),
        satisfaction=score("csat", answers, lambda row: row["is_this"]),
        satisfaction_before=score("csat", answers, lambda row: not row["is_this"]),
        satisfaction_target=_weighted_target(touchpoints),
        nps=score("nps", answers, lambda row: row["is_this"]),
        nps_before=score("nps", answers, lambda row: not row["is_this"]),
        effort=score("effort", answers, lambda row: row["is_this"]),
        channels=[Counted(**row) for row in parts["channels"]],
        directions=[Counted(**row) for row in parts["directions"]],
        phases=_phases(parts),
        touchpoints=touchpoints,
        year=_year(parts, month),
        promises=[Promises(**row) for row in parts["promises"]],
        levels=[LevelMonth(**row) for row in parts["levels"] if any(row.values())],  # level 0: where there is any
        topics=[_topic(row) for row in parts["topics"]],
        kinds=[Counted(**row) for row in parts["kinds"]],
        causes=[Counted(**row) for row in parts["causes"]],
        origins=[Counted(**row) for row in parts["origins"]],
        overdue=[Overdue(**row) for row in parts["overdue"]],
        consents=[ConsentMonth(**row) for row in parts["consents"]],
        sales=sales_of(parts) if parts["quotations"] else None,
        voices=voices_of(parts, _by_department(parts)) if parts["expectations"] else None,
        requests=requests_of(parts),
        targets=targets_of(parts),
        responses=responses_of(parts["invited"], lambda row: row["is_this"]),
        responses_before=responses_of(parts["invited"], lambda row: not row["is_this"]),
        effort_before=score("effort", answers, lambda row: not row["is_this"]),
    )


def score(metric: str, rows: Rows, counts: Callable[[Mapping[str, Any]], bool] = lambda row: True) -> Score | None:
    """The score of the rows (metric, score, n) that count: the mean of csat (1-5) and effort (1-7), NPS in points."""
    answers: dict[int, int] = defaultdict(int)
    for row in rows:
        if row["metric"] == metric and counts(row):
            answers[row["score"]] += row["n"]
    given = dict(sorted(answers.items()))  # in whatever order the rows come, the same to the last digit
    if metric == "nps":
        return Score.of(nps_estimate(given))
    return Score.of(mean_estimate(given, lowest=1, highest=7 if metric == "effort" else 5))


def _touchpoints(parts: Mapping[str, Rows]) -> list[TouchpointMonth]:
    contacts, answers, invited = (
        _by(parts[name], "touchpoint") for name in ("touchpoint_contacts", "answers", "invited")
    )
    found = [
        _touchpoint(row, contacts[row["id"]], answers[row["id"]], invited[row["id"]]) for row in parts["touchpoints"]
    ]
    quiet = {row["code"] for row in parts["touchpoints"] if row["state"] != "active"}
    return [one for one in found if one.code not in quiet or one.contacts or one.satisfaction or one.nps or one.effort]


def _touchpoint(row: Mapping[str, Any], contacts: Rows, answers: Rows, invited: Rows) -> TouchpointMonth:
    mine = [one for one in contacts if one["is_this"]]
    given = [one for one in answers if one["is_this"]]
    impressions: dict[int, int] = defaultdict(int)
    for one in mine:
        if one["impression"] is not None:
            impressions[one["impression"]] += one["n"]
    return TouchpointMonth(
        code=row["code"],
        name_de=row["name_de"],
        name_en=row["name_en"],
        phase=row["phase"],
        department=row["department"],
        is_moment_of_truth=row["is_moment_of_truth"],
        importance=row["importance"],
        target=row["target"],
        contacts=sum(one["n"] for one in mine),
        contacts_before=sum(one["n"] for one in contacts if not one["is_this"]),
        marked=sum(one["n"] for one in mine if one["marked"]),
        low_answers=sum(one["n"] for one in given if one["metric"] == "csat" and one["score"] <= LOW_ANSWER),
        satisfaction=score("csat", given),
        satisfaction_before=score("csat", answers, lambda one: not one["is_this"]),
        nps=score("nps", given),
        effort=score("effort", given),
        staff=Score.of(mean_estimate(dict(sorted(impressions.items())))),
        responses=responses_of(invited, lambda one: one["is_this"]),
    )


def _by_department(parts: Mapping[str, Rows]) -> dict[str, AtTouchpoints]:
    """Contacts and answers at the touchpoints of each department."""
    contacts, answers, invited = (
        _by(parts[name], "touchpoint") for name in ("touchpoint_contacts", "answers", "invited")
    )
    found = {}
    for name, mine in _by(parts["touchpoints"], "department").items():
        there = [one for row in mine for one in contacts[row["id"]] if one["is_this"]]
        given = [one for row in mine for one in answers[row["id"]] if one["is_this"]]
        if name and (there or given):
            asked = [one for row in mine for one in invited[row["id"]]]
            responses = responses_of(asked, lambda one: one["is_this"])
            found[name] = AtTouchpoints(sum(one["n"] for one in there), score("csat", given), responses)
    return found


def _phases(parts: Mapping[str, Rows]) -> list[Phase]:
    contacts = {row["phase"]: row for row in parts["phase_contacts"]}
    phase_of = {row["id"]: row["phase"] for row in parts["touchpoints"]}
    found = []
    for row in parts["phases"]:
        count = contacts.get(row["id"], {"count": 0, "before": 0})
        given, asked = (
            [one for one in parts[name] if one["is_this"] and phase_of.get(one["touchpoint"]) == row["code"]]
            for name in ("answers", "invited")
        )
        found.append(
            Phase(
                row["code"], row["name_de"], row["name_en"], count["count"], count["before"], score("csat", given),
                responses_of(asked, lambda one: True),
            )
        )  # fmt: skip
    return found


def _year(parts: Mapping[str, Rows], month: date) -> list[MonthPoint]:
    contacts = {row["month"]: row["n"] for row in parts["contact_course"]}
    answers = _by(parts["answer_course"], "month")
    found = []
    for back in range(11, -1, -1):
        one = months.earlier(month, back)
        given = answers[one.isoformat()]
        found.append(MonthPoint(one, contacts.get(one.isoformat(), 0), score("csat", given), score("nps", given)))
    return found


def _topic(row: Mapping[str, Any]) -> TopicMonth:
    named = {**row, "code": row["code"] or "", "name_de": row["name_de"] or "", "name_en": row["name_en"] or ""}
    return TopicMonth(**named)


def _weighted_target(touchpoints: Iterable[TouchpointMonth]) -> float | None:
    """The targets of the touchpoints, each as often as customers answered about it."""
    measured = [(one.satisfaction.n, one.target) for one in touchpoints if one.satisfaction]
    answers = sum(n for n, _target in measured)
    return sum(n * target for n, target in measured) / answers if answers else None


def _by(rows: Rows, key: str) -> defaultdict[Any, list[Mapping[str, Any]]]:
    found: defaultdict[Any, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found
