"""What a queue of enquiries can be narrowed to, read from a query string and written back into one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from crm.customers.words import CHANNELS
from crm.errors import Invalid
from crm.service_levels.tables import Priority
from crm.tickets.routing import HIGHEST_LEVEL
from crm.tickets.tables import TicketKind
from crm.web.forms import Fields

LONGEST_QUERY = 2000
MOST_LETTERS = 100
LEVELS = tuple(str(level) for level in range(1, HIGHEST_LEVEL + 1))


@dataclass(frozen=True, slots=True)
class TicketFilters:
    """Each narrows the queue further; an empty one narrows nothing. `topic` and `service_level` are codes, `assignee`,
    `letter_box` and `customer` ids, `q` words of the subject or of the customer, or a number."""

    topic: str = ""
    level: int | None = None
    priority: str = ""
    kind: str = ""
    channel: str = ""
    service_level: str = ""
    assignee: int | None = None
    letter_box: int | None = None
    customer: int | None = None
    q: str = ""

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> TicketFilters:
        """Raises Invalid with every value that no queue knows."""
        fields = Fields({name: values.get(name) or "" for name in cls.__slots__})
        level = fields.one_of("level", ("", *LEVELS))
        found = cls(
            topic=fields.text("topic", limit=40),
            level=int(level) if level in LEVELS else None,
            priority=fields.one_of("priority", ("", *Priority)),
            kind=fields.one_of("kind", ("", *TicketKind)),
            channel=fields.one_of("channel", ("", *CHANNELS)),
            service_level=fields.text("service_level", limit=40),
            assignee=fields.reference("assignee"),
            letter_box=fields.reference("letter_box"),
            customer=fields.reference("customer"),
            q=fields.text("q", limit=MOST_LETTERS),
        )
        fields.check()
        return found

    @classmethod
    def understood(cls, values: Mapping[str, Any]) -> TicketFilters:
        """As parse, without what cannot be read: an address that somebody kept still shows a list."""
        try:
            return cls.parse(values)
        except Invalid as error:
            return cls.parse({name: value for name, value in values.items() if name not in error.errors})

    @property
    def asked(self) -> dict[str, str]:
        """The filters in use, as they stand in an address."""
        return {name: str(value) for name, value in asdict(self).items() if value not in ("", None)}


def saved_query(query: str) -> dict[str, str]:
    """A stored query string as values; of a name that is there twice the last."""
    return dict(parse_qsl(query[:LONGEST_QUERY]))


def usual_query(view: str, filters: TicketFilters) -> str:
    """How a view with its filters is stored, and stands in an address."""
    return urlencode({"view": view, **filters.asked})
