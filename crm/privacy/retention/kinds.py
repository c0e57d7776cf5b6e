"""The kinds of data that a rule can be about: which rows, from which moment on, and what becomes of them. For how
long, and why, is for the officer to say (retention_rule; a new house begins with the presets of its migration)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from crm.personal import declared


class Effect(StrEnum):
    """PERSON: everything about the person goes as in an erasure, by the register; duties keep what they must. BLANK: the words of the row
    are emptied, it goes on being counted. DELETE: the row goes."""

    PERSON = "person"
    BLANK = "blank"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data, as SQL over the alias `t` of `table` in `source`; `{zone}` stands for the company's time zone, `{lang}` for the
    reader's language.

    `since` is the moment from which the time runs, `where` which rows there are at all (what has gone already is none of them). `person`
    and `customer` say whom a row is about, so that restrictions, holds and requests stop it, and `open_if` what else does. `columns`
    are emptied, `also` are further statements about the same rows ($1 are their ids). `label` and `link` are for the sample."""

    code: str
    name: str
    what: str
    begins: str
    table: str
    effect: Effect
    source: str
    where: str
    since: str
    label: str
    link: str = "''"
    person: str = "NULL::bigint"
    customer: str = "NULL::bigint"
    open_if: str = ""
    consent_if: str = ""
    columns: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    most: int = 20_000
    say: Callable[[str], str] = str

    @property
    def keep_if(self) -> str:
        """What a duty keeps of these rows, by the register (a person's own rows are looked at one by one when they are erased)."""
        one = declared(self.table)
        return (one.keep_if or "true") if one.keep and self.effect is not Effect.PERSON else ""


@cache
def kinds() -> dict[str, Kind]:
    """All kinds by their code, in the order in which the officer sees them."""
    from crm.privacy.retention.kinds_of_people import PEOPLE
    from crm.privacy.retention.kinds_of_proof import PROOF
    from crm.privacy.retention.kinds_of_texts import TEXTS

    return {kind.code: kind for kind in (*PEOPLE, *TEXTS, *PROOF)}
