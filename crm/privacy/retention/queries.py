"""What rules would do: forecast for all of them in one statement, a sample for one; and the reports of past nights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crm.database import Arguments, Row, decoded, fetch, fetch_one
from crm.errors import NotFound
from crm.privacy.erasure.duty_actions import duties_in_force
from crm.privacy.retention.kinds import kinds
from crm.privacy.retention.periods import month_later
from crm.privacy.retention.selecting import HELD, Moment, candidates, limit_of
from crm.web.i18n import zone

MOST = 20_000
"""So many rows are counted per rule; beyond that the page says "more than"."""
SAMPLE = 20
RUNS = 30

_RULES = """
    SELECT r.*, u.name AS approved_by_name FROM retention_rule r LEFT JOIN staff u ON u.id = r.approved_by
"""


@dataclass(frozen=True, slots=True)
class Forecast:
    """`due` may go in the next night, `coming` within the month after today; `held` would be due but stays, by reason."""

    due: int = 0
    coming: int = 0
    held: Mapping[str, int] = field(default_factory=dict)
    is_more: bool = False

    @property
    def held_total(self) -> int:
        return sum(self.held.values())

    @property
    def within_a_month(self) -> int:
        return self.due + self.coming


@dataclass(frozen=True, slots=True)
class Sampled:
    """One record of the preview. `held`: why it stays; empty if it goes."""

    label: str
    link: str
    since: datetime
    held: str


async def all_rules() -> list[Row]:
    return await fetch(f"{_RULES} WHERE r.code = ANY($1) ORDER BY r.position, r.id", list(kinds()))


async def rule_for(rule_id: int) -> Row:
    """One rule, for whoever may see rules at all. Raises NotFound."""
    row = await fetch_one(f"{_RULES} WHERE r.id = $1 AND r.code = ANY($2)", rule_id, list(kinds()))
    if row is None:
        raise NotFound()
    return row


async def forecast(rules: list[Row], now: datetime) -> dict[str, Forecast]:
    """What these rules would do, by code: one statement (and one for the duties), which looks at no more than MOST rows for each."""
    at = Moment(now.astimezone(zone.get()).date(), await duties_in_force())
    next_month, given, parts = month_later(at.today), Arguments(), []
    for rule in rules:
        kind = kinds()[rule.code]
        rows = candidates(kind, limit_of(rule, next_month), at, given)
        parts.append(
            f"SELECT '{rule.code}' AS code, coalesce(x.held, '') AS held, x.since < {given(limit_of(rule, at.today))} AS is_due, "
            f"count(*) AS n FROM ({rows} LIMIT {MOST + 1}) x GROUP BY 2, 3"
        )
    found = {rule.code: _Sum() for rule in rules}
    for row in await fetch(" UNION ALL ".join(parts), *given) if parts else ():
        found[row.code].add(row.held, row.is_due, row.n)
    return {code: one.forecast() for code, one in found.items()}


@dataclass(slots=True)
class _Sum:
    due: int = 0
    coming: int = 0
    all: int = 0
    held: dict[str, int] = field(default_factory=dict)

    def add(self, held: str, is_due: bool, n: int) -> None:
        self.all += n
        if is_due and held:
            self.held[held] = self.held.get(held, 0) + n
        elif is_due:
            self.due += n
        elif not held:
            self.coming += n

    def forecast(self) -> Forecast:
        held = {name: self.held[name] for name in HELD if name in self.held}
        return Forecast(self.due, self.coming, held, self.all > MOST)


async def sample(rule: Row, now: datetime) -> list[Sampled]:
    """The oldest records that the rule would take or that are held, at most SAMPLE."""
    kind = kinds()[rule.code]
    at, given = Moment(now.astimezone(zone.get()).date(), await duties_in_force()), Arguments()
    rows = candidates(kind, limit_of(rule, at.today), at, given, f", {kind.label} AS label, {kind.link} AS link")
    found = await fetch(f"{rows} ORDER BY since, t.id LIMIT {SAMPLE}", *given)
    return [Sampled(kind.say(row.label or "").strip(" :"), row.link or "", row.since, row.held or "") for row in found]


async def latest_runs(before: int | None = None) -> list[tuple[Row, list[Row]]]:
    """The reports of the last nights, the newest first, with what each rule did."""
    runs = await fetch(
        "SELECT id, night_on, started_at, finished_at FROM retention_run WHERE id < $1 ORDER BY id DESC LIMIT $2",
        before or 2**62, RUNS + 1,
    )  # fmt: skip
    results = await fetch(
        "SELECT *, held::text AS held_text FROM retention_result WHERE run = ANY($1) ORDER BY id",
        [run.id for run in runs],
    )
    return [(run, [one for one in results if one.run == run.id]) for run in runs]


def held_of(result: Row) -> dict[str, int]:
    """Why rows were held that night, with how many."""
    return dict(decoded(result.held_text) or {})
