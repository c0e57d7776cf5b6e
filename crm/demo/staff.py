"""The staff of the demo company: who they are, what they can do, when they work."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from argon2.low_level import Type, hash_secret

from crm.accounts.permissions import Role
from crm.database import execute, fetch, fetch_value
from crm.service_levels.calendar import Calendar

DOMAIN = "demo.example"
PASSWORD = "freundlich-und-klar"  # noqa: S105  # it is printed at every start of the demo; that is its purpose
_SALT = b"demo company salt"

TEAMS = ("Vertrieb", "Kundenservice", "Verwaltung")
CAPACITY = 8
LONG_EMPLOYED = timedelta(days=900)


@dataclass(frozen=True, slots=True)
class Colleague:
    """One member of staff. Levels are per topic; hours are (weekday, from, to), empty for the company's own."""

    mailbox: str
    name: str
    role: Role
    team: int
    language: str = ""
    levels: dict[str, int] = field(default_factory=dict)
    speaks: str = "de"
    hours: tuple[tuple[int, time, time], ...] = ()
    is_away: bool = False


def _office(start: int, end: int, weekdays: int = 5) -> tuple[tuple[int, time, time], ...]:
    return tuple((weekday, time(start), time(end)) for weekday in range(weekdays))


# Two are on call round the clock, so that whoever tries the demo at night sees an enquiry find its agent.
_ON_CALL = tuple((weekday, time(0), time(0)) for weekday in range(7))

COLLEAGUES = (
    Colleague("admin", "Ines Brandt", Role.ADMINISTRATOR, 2),
    Colleague("sales", "Petra Lang", Role.SALES, 0),
    Colleague(
        "agent", "Ali Demir", Role.AGENT, 1, speaks="de,en,tr", hours=_ON_CALL,
        levels={"general": 1, "product": 1, "order": 1, "delivery": 1, "billing": 1, "technical": 1},
    ),
    Colleague(
        "expert", "Mia Roth", Role.AGENT, 1, speaks="de,en", hours=_ON_CALL,
        levels={"general": 3, "product": 3, "order": 3, "delivery": 3, "billing": 3, "technical": 3, "contract": 2, "complaint": 3},
    ),
    Colleague("lead", "Eva Kern", Role.LEAD, 1),
    Colleague("manager", "Karin Vogt", Role.MANAGER, 2),
    Colleague("dpo", "Sven Adler", Role.DPO, 2),
    Colleague("tobias.ahlers", "Tobias Ahlers", Role.SALES, 0),
    Colleague("giulia.ricci", "Giulia Ricci", Role.SALES, 0),
    Colleague("henrik.busch", "Henrik Busch", Role.SALES, 0, language="en"),
    Colleague(
        "jonas.beck", "Jonas Beck", Role.AGENT, 1, speaks="de,en", hours=_office(9, 18),
        levels={"general": 2, "product": 2, "order": 2, "delivery": 2, "billing": 2, "technical": 1, "contract": 1, "complaint": 2},
    ),
    Colleague(
        "aylin.kaya", "Aylin Kaya", Role.AGENT, 1, speaks="de,en,tr", hours=_office(8, 14, 4),
        levels={"general": 2, "product": 1, "order": 2, "delivery": 2, "billing": 1, "technical": 2, "complaint": 2},
    ),
    Colleague(
        "marek.nowak", "Marek Nowak", Role.AGENT, 1, speaks="de,en,pl", hours=_office(8, 17),
        levels={"general": 1, "product": 2, "order": 1, "delivery": 1, "technical": 2},
    ),
    Colleague(
        "sophie.lindner", "Sophie Lindner", Role.AGENT, 1, speaks="de", hours=_office(8, 13),
        levels={"general": 2, "order": 2, "billing": 3, "contract": 2, "complaint": 2},
    ),
    Colleague(
        "robert.weiss", "Robert Weiß", Role.AGENT, 1, speaks="de,en", hours=_office(8, 17), is_away=True,
        levels={"billing": 2, "technical": 3, "contract": 3, "complaint": 3},
    ),
)  # fmt: skip

_ROLE_WORDS = {
    "admin": "Verwaltung / administrator", "sales": "Vertrieb / sales", "agent": "Service / agent (1)",
    "expert": "Service / agent (3)", "lead": "Teamleitung / lead", "manager": "Geschäftsleitung / manager",
    "dpo": "Datenschutz / data protection",
}  # fmt: skip
LOGINS = tuple((words, f"{mailbox}@{DOMAIN}", PASSWORD) for mailbox, words in _ROLE_WORDS.items())
"""What `crm up --demo` prints: role, e-mail address, password."""


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent as routing sees them."""

    id: int
    name: str
    levels: dict[str, int]
    languages: tuple[str, ...]
    capacity: int
    hours: Calendar
    absent_from: datetime | None
    absent_until: datetime | None


@dataclass(frozen=True, slots=True)
class Staff:
    """Ids of the colleagues by mailbox; names by id; those who sell and those who answer; the team of each."""

    ids: dict[str, int]
    names: dict[int, str]
    sales: tuple[int, ...]
    agents: tuple[Agent, ...]
    teams: dict[int, int]


async def hire_staff(now: datetime, zone: ZoneInfo, *, capacity: int) -> Staff:
    """Write the colleagues, their teams, profiles, hours and competences; each agent takes `capacity` open enquiries."""
    last_team = await fetch_value("SELECT coalesce(max(id), 0) FROM team")
    teams = list(range(last_team + 1, last_team + 1 + len(TEAMS)))
    for team_id, name in zip(teams, TEAMS, strict=True):
        await execute("INSERT INTO team (id, name) VALUES ($1, $2)", team_id, name)
    topics = {row.code: row.id for row in await fetch("SELECT id, code FROM topic")}
    password_hash = _demo_hash()
    last_id = await fetch_value("SELECT coalesce(max(id), 0) FROM staff")
    ids, agents = {}, []
    for user_id, colleague in enumerate(COLLEAGUES, last_id + 1):
        ids[colleague.mailbox] = user_id
        await execute(
            "INSERT INTO staff (id, email, name, role, team, language, theme, password_hash, created_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, 'system', $7, $8)",
            user_id, f"{colleague.mailbox}@{DOMAIN}", colleague.name, colleague.role, teams[colleague.team], colleague.language,
            password_hash, now - LONG_EMPLOYED,
        )  # fmt: skip
        if colleague.levels:
            agents.append(await _make_agent(colleague, user_id, topics, now, zone, capacity))
    await execute(  # the lead reads once a day what the agents are told of at once
        'INSERT INTO notification_preference ("user", follow_ups, enquiries, alarms, others, digest_at) '
        "VALUES ($1, 'digest', 'digest', 'at_once', 'digest', '07:30')",
        ids["lead"],
    )
    names = {ids[colleague.mailbox]: colleague.name for colleague in COLLEAGUES}
    sales = tuple(ids[colleague.mailbox] for colleague in COLLEAGUES if colleague.role == Role.SALES)
    team_of = {ids[colleague.mailbox]: teams[colleague.team] for colleague in COLLEAGUES}
    return Staff(ids, names, sales, tuple(agents), team_of)


async def _make_agent(
    colleague: Colleague, user_id: int, topics: dict[str, int], now: datetime, zone: ZoneInfo, capacity: int
) -> Agent:
    absent_from = now - timedelta(days=4) if colleague.is_away else None
    absent_until = now + timedelta(days=10) if colleague.is_away else None
    await execute(
        'INSERT INTO agent_profile ("user", capacity, languages, channels, absent_from, absent_until) VALUES ($1, $2, $3, $4, $5, $6)',
        user_id, capacity, colleague.speaks, "", absent_from, absent_until,
    )  # fmt: skip
    for weekday, starts, ends in colleague.hours:
        await execute(
            'INSERT INTO agent_hours ("user", weekday, starts, ends) VALUES ($1, $2, $3, $4)',
            user_id,
            weekday,
            starts,
            ends,
        )
    for topic, level in colleague.levels.items():
        await execute(
            'INSERT INTO competence ("user", topic, level) VALUES ($1, $2, $3)', user_id, topics[topic], level
        )
    hours = Calendar(zone, {weekday: [(starts, ends)] for weekday, starts, ends in colleague.hours})
    languages = tuple(colleague.speaks.split(","))
    return Agent(user_id, colleague.name, colleague.levels, languages, capacity, hours, absent_from, absent_until)


def _demo_hash() -> str:
    """The hash of the demo's one password. The salt is fixed: the password is public, and the same day gives the same rows."""
    usual = PasswordHasher()
    return hash_secret(
        PASSWORD.encode(), _SALT, usual.time_cost, usual.memory_cost, usual.parallelism, usual.hash_len, Type.ID
    ).decode()
