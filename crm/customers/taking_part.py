"""Who else took part in a contact, told in a history and in lists: the names of further persons, and of colleagues."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from crm.customers.data import full_name_sql
from crm.web.i18n import _


@dataclass(frozen=True, slots=True)
class TakingPart:
    """Beside the main person and whoever logged the contact: persons of the customer, and colleagues."""

    persons: tuple[str, ...] = ()
    colleagues: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.persons or self.colleagues)

    @property
    def sentences(self) -> list[str]:
        """ "Also there: Anna Größmann, Jonas Weber", "From us: Eva Roth"."""
        told = [(_("Also there: %(names)s"), self.persons), (_("From us: %(names)s"), self.colleagues)]
        return [sentence % {"names": ", ".join(names)} for sentence, names in told if names]


NOBODY = TakingPart()


def names_sql(interaction: str, main_person: str, restricted: str = "false") -> str:
    """The names as JSON for `taking_part`, NULL if there are none. `interaction` and `main_person` are expressions for ids;
    restricted persons are told only if `restricted` holds (GDPR Art. 18)."""
    return f"""(
        SELECT jsonb_build_array(
            coalesce(jsonb_agg({full_name_sql("xp")} ORDER BY x.id) FILTER (WHERE x.person IS NOT NULL), '[]'),
            coalesce(jsonb_agg(xu.name ORDER BY x.id) FILTER (WHERE x.staff IS NOT NULL), '[]'))::text
        FROM contact_participant x LEFT JOIN person xp ON xp.id = x.person LEFT JOIN staff xu ON xu.id = x.staff
        WHERE x.interaction = {interaction} AND x.person IS DISTINCT FROM coalesce({main_person}, 0)
            AND (xp.restricted_at IS NULL OR {restricted}) HAVING count(*) > 0)"""


def taking_part(names: str | None) -> TakingPart:
    """What `names_sql` answered."""
    if not names:
        return NOBODY
    persons, colleagues = msgspec.json.decode(names, type=tuple[tuple[str, ...], tuple[str, ...]])
    return TakingPart(persons, colleagues)
