"""The SQL of a rule: which rows are older than its period, and what holds some of them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from crm.database import Arguments, Row
from crm.personal import declared
from crm.privacy.erasure.duties import Duty
from crm.privacy.retention.kinds import Kind
from crm.privacy.retention.periods import Period, Unit, cutoff, day_begins
from crm.web.i18n import language, zone

HELD = ("restricted", "hold", "duty", "open", "consent")
"""Why a row that is old enough stays, the strongest first: its person is restricted (GDPR Art. 18), a legal hold, a duty to keep,
something is still open with them, a consent is in force."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The night for which a rule is asked, and the duties that are in force then."""

    today: date
    duties: Mapping[str, Duty]


def period_of(rule: Row) -> Period:
    return Period(rule.amount, Unit(rule.unit), rule.from_year_end)


def limit_of(rule: Row, day: date) -> datetime:
    """What began before this moment may go on that day."""
    return day_begins(cutoff(period_of(rule), day), zone.get())


def candidates(kind: Kind, before: datetime, at: Moment, given: Arguments, columns: str = "") -> str:
    """SELECT of the rows that began before `before`: their id, since when, and why they are held (NULL: nothing holds them)."""
    text = (
        f"SELECT t.id, {kind.since} AS since, {_held(kind, at, given)} AS held{columns} {kind.source} "
        f"WHERE ({kind.where}) AND {kind.since} < {given(before)}"
    )
    if "{zone}" in text:
        text = text.replace("{zone}", f"{given(zone.get().key)}::text")
    return text.replace("{lang}", "de" if language.get() == "de" else "en")


def _held(kind: Kind, at: Moment, given: Arguments) -> str:
    today = given(at.today)
    person, customer = kind.person, kind.customer
    private = f"SELECT a.person FROM affiliation a WHERE a.customer = {customer} AND a.is_self"
    about = f"(x.person = {person} OR x.customer = {customer} OR x.person IN ({private})"
    conditions = {
        "restricted": (
            f"EXISTS (SELECT FROM person x WHERE (x.id = {person} OR x.id IN ({private})) AND x.restricted_at IS NOT NULL) "
            f"OR EXISTS (SELECT FROM customer x WHERE (x.id = {customer} OR x.id IN (SELECT a.customer FROM affiliation a "
            f"WHERE a.person = {person} AND a.is_self)) AND x.restricted_at IS NOT NULL)"
        ),
        "hold": (
            f"EXISTS (SELECT FROM legal_hold x WHERE x.lifted_at IS NULL AND (x.until_on IS NULL OR x.until_on >= {today}::date) "
            f"AND {about} OR x.customer IN (SELECT a.customer FROM affiliation a WHERE a.person = {person})))"
        ),
        "duty": _kept_by_duty(kind, at, today),
        "open": (
            f"EXISTS (SELECT FROM data_request x WHERE x.status NOT IN ('done', 'refused') AND {about} "
            f"OR x.customer IN (SELECT a.customer FROM affiliation a WHERE a.person = {person} AND a.is_self)))"
            + (f" OR {kind.open_if}" if kind.open_if else "")
        ),
        "consent": kind.consent_if,
    }
    cases = " ".join(f"WHEN {conditions[name]} THEN '{name}'" for name in HELD if conditions[name])
    return f"CASE {cases} END"


def _kept_by_duty(kind: Kind, at: Moment, today: str) -> str:
    """The register's duty about these rows, as long as it is in force: the twin of erasure.duties.kept_until."""
    one = declared(kind.table)
    duty = at.duties.get(one.keep or "") if kind.keep_if else None
    if duty is None:
        return ""
    since = f"coalesce((({one.since})::timestamptz AT TIME ZONE {{zone}})::date, {today}::date)"
    ends = (
        f"make_date(extract(year FROM {since})::int + {duty.years}, 12, 31)"
        if duty.from_year_end
        else f"({since} + make_interval(years => {duty.years}))::date"
    )
    return f"({kind.keep_if}) AND {ends} >= {today}::date"
