"""The people whom the tests tell of. Everybody knows them; a test names who does what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from crm.accounts.permissions import Role
from crm.accounts.tables import User

LONG_AGO = datetime(2024, 1, 2, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Cast:
    """Staff of a kitchen maker. Competences, hours and customers come from the tests that need them."""

    petra: User  # sales
    ali: User  # agent, first level
    jonas: User  # agent, second level
    mia: User  # agent, expert
    eva: User  # lead
    karin: User  # manager
    sven: User  # data protection officer
    ines: User  # administrator


async def hire(name: str, role: Role, **fields: object) -> User:
    """A member of staff in the database."""
    user = User(
        email=f"{name.split()[0].lower()}@kuechen.example",
        name=name,
        role=role,
        language="de",
        created_at=LONG_AGO,
        **fields,
    )
    await user.save()
    return user


async def introduce() -> Cast:
    """The whole cast, fresh in the database."""
    return Cast(
        petra=await hire("Petra Lang", Role.SALES),
        ali=await hire("Ali Demir", Role.AGENT),
        jonas=await hire("Jonas Beck", Role.AGENT),
        mia=await hire("Mia Roth", Role.AGENT),
        eva=await hire("Eva Kern", Role.LEAD),
        karin=await hire("Karin Vogt", Role.MANAGER),
        sven=await hire("Sven Adler", Role.DPO),
        ines=await hire("Ines Brandt", Role.ADMINISTRATOR),
    )
