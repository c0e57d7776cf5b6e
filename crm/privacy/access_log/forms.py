"""The filter of the log of access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crm.privacy.access_log.queries import Asked, Deed
from crm.web.forms import Fields


@dataclass(frozen=True, slots=True)
class AskedForm:
    """What was asked, as it was typed in `values`; with `errors` nothing is looked for."""

    asked: Asked
    values: dict[str, str]
    errors: dict[str, str]
    cursor: str | None

    @classmethod
    def of(cls, params: Mapping[str, str]) -> AskedForm:
        fields = Fields(dict(params))
        deed = fields.one_of("kind", ["", *Deed])
        asked = Asked(
            user_id=fields.reference("who"), deed=Deed(deed) if deed and "kind" not in fields.errors else None,
            first=fields.on("from"), last=fields.on("until"),
        )  # fmt: skip
        values = {name: params[name] for name in ("who", "kind", "from", "until") if params.get(name)}
        return cls(asked, values, fields.errors, params.get("cursor") or None)
