"""Human review of a customer's ABC class (GDPR Art. 22 (3)), and the rules by which scores are computed."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.accounts.permissions import Permission
from crm.accounts.queries import staff_who_may
from crm.customers.tables import TimelineKind
from crm.customers.timeline import write_entry
from crm.database import Row, execute, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Invalid, RuleBroken
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.profiles.sentences import REFUSALS
from crm.web.i18n import _

CLASSES = ("A", "B", "C")


async def ask_review(customer_id: int, request: str, *, by: int | None, now: datetime) -> int:
    """Record that a customer wants a human being to look at their class; the id of the review. Raises RuleBroken where
    there is no class or a review already, and where the data are restricted: then nobody may be told (GDPR Art. 18)."""
    async with transaction():
        score = await _score(customer_id)
        review = await fetch_value(
            "INSERT INTO score_review (customer, asked_at, recorded_by, request, computed_class, decided_class, reason, "
            "taken_back_reason) VALUES ($1, $2, $3, $4, $5, '', '', '') ON CONFLICT DO NOTHING RETURNING id",
            customer_id, now, by, request, score.computed_class,
        )  # fmt: skip
        if review is None:
            raise RuleBroken(
                _("There is a review already. Decide it, or take its decision back, before a new one begins.")
            )
        await record("score.review_asked", "customer", customer_id, by=by, now=now, fields={"request": request})
        await _tell_reviewers(customer_id, score.abc_class, by=by, now=now)
        return int(review)


async def _tell_reviewers(customer_id: int, abc_class: str, *, by: int | None, now: datetime) -> None:
    """Whoever can decide it is told, but for the one who has just recorded it."""
    name = await fetch_value("SELECT name FROM customer WHERE id = $1", customer_id)
    for reviewer in await staff_who_may(Permission.SCORES_REVIEW, besides=by):
        await notify(
            reviewer, Kind.REVIEW_ASKED, detail={"customer": name, "class": abc_class}, link=f"/customers/{customer_id}/score",
            now=now,
        )  # fmt: skip


async def decide_review(customer_id: int, abc_class: str, reason: str, *, by: int | None, now: datetime) -> None:
    """The reviewer's class, with the reason; it stands until it is taken back, whatever is computed. A decision without a
    request, or a new one in place of an earlier one, is recorded as well. Raises Invalid and RuleBroken."""
    errors = {}
    if abc_class not in CLASSES:
        errors["abc_class"] = _("Choose A, B or C.")
    if not reason.strip():
        errors["reason"] = _("Say why: the customer may ask.")
    if errors:
        raise Invalid(errors)
    async with transaction():
        score = await _score(customer_id)
        await execute(
            "UPDATE score_review SET taken_back_at = $2, taken_back_by = $3 WHERE customer = $1 AND taken_back_at IS NULL "
            "AND decided_at IS NOT NULL",
            customer_id, now, by,
        )  # fmt: skip
        changed = await fetch_value(
            "UPDATE score_review SET decided_at = $2, decided_by = $3, decided_class = $4, reason = $5, computed_class = $6 "
            "WHERE customer = $1 AND taken_back_at IS NULL RETURNING id",
            customer_id, now, by, abc_class, reason, score.computed_class,
        )  # fmt: skip
        if changed is None:
            await execute(
                "INSERT INTO score_review (customer, asked_at, recorded_by, request, computed_class, decided_at, decided_by, "
                "decided_class, reason, taken_back_reason) VALUES ($1, $2, $3, '', $4, $2, $3, $5, $6, '')",
                customer_id, now, by, score.computed_class, abc_class, reason,
            )  # fmt: skip
        await _set_class(customer_id, score, abc_class, now=now)
        fields = {"abc_class": [score.abc_class, abc_class], "reason": reason}
        await record("score.review_decided", "customer", customer_id, by=by, now=now, fields=fields)
        await _tell(customer_id, score.abc_class, abc_class, reason, by=by, now=now)


async def take_back_review(customer_id: int, *, by: int | None, now: datetime) -> None:
    """From now on the computed class counts again. Raises RuleBroken where nothing was decided or asked."""
    async with transaction():
        review = await fetch_one(
            "UPDATE score_review SET taken_back_at = $2, taken_back_by = $3 WHERE customer = $1 AND taken_back_at IS NULL "
            "RETURNING decided_class",
            customer_id, now, by,
        )  # fmt: skip
        if review is None:
            raise RuleBroken(_("There is no decision that could be taken back."))
        score = await fetch_one(
            "SELECT abc_class, computed_class FROM customer_score WHERE customer = $1 FOR UPDATE", customer_id
        )
        fields = {"abc_class": [review.decided_class, score.computed_class if score else None]}
        await record("score.review_taken_back", "customer", customer_id, by=by, now=now, fields=fields)
        if score is not None and review.decided_class:
            await _set_class(customer_id, score, score.computed_class, now=now)
            await _tell(customer_id, score.abc_class, score.computed_class, "", by=by, now=now)


async def _score(customer_id: int) -> Row:
    score = await fetch_one(
        "SELECT s.abc_class, s.computed_class, c.restricted_at IS NOT NULL OR EXISTS (SELECT FROM affiliation f JOIN person p "
        "ON p.id = f.person WHERE f.customer = c.id AND f.is_self AND p.restricted_at IS NOT NULL) AS is_restricted "
        "FROM customer_score s JOIN customer c ON c.id = s.customer WHERE c.id = $1 FOR UPDATE OF s",
        customer_id,
    )  # fmt: skip
    if score is None:
        raise RuleBroken(_("This customer has no class that could be reviewed."))
    if score.is_restricted:
        sentence = REFUSALS["restricted"]
        raise RuleBroken(_(sentence))
    return score


async def _set_class(customer_id: int, score: Row, abc_class: str, *, now: datetime) -> None:
    """The class that counts from now on, kept with its inputs among the earlier ones."""
    if score.abc_class == abc_class:
        return
    await execute("UPDATE customer_score SET abc_class = $2 WHERE customer = $1", customer_id, abc_class)
    await execute(
        "INSERT INTO score_change (customer, run, computed_at, abc_class, computed_class, revenue, share, share_before, rank, "
        "compared, orders, last_order_on, recency_days, recency, frequency, monetary, rfm) "
        "SELECT customer, run, $2, abc_class, computed_class, revenue, share, share_before, rank, compared, orders, "
        "last_order_on, recency_days, recency, frequency, monetary, rfm FROM customer_score WHERE customer = $1",
        customer_id, now,
    )  # fmt: skip


async def _tell(customer_id: int, before: str, after: str, reason: str, *, by: int | None, now: datetime) -> None:
    detail = {"field": "abc_class", "before": before, "after": after}
    await write_entry(
        customer_id, TimelineKind.CHANGE, customer_id, at=now, title="", body=reason, by=by, detail=detail
    )


async def change_limits(a: int, b: int, version: int, *, by: int, now: datetime) -> None:
    """Up to which share of revenue (percent) the classes A and B reach. They count from the next computation on. Raises
    Invalid and Conflict."""
    if not 0 < a < b <= 100:
        sentence = _("A must be smaller than B, and B at most 100.")
        raise Invalid({"abc_a": sentence, "abc_b": sentence})
    await _change({"abc_a": a, "abc_b": b}, version, by=by, now=now)


async def change_profiling_basis(basis: str, version: int, *, by: int, now: datetime) -> None:
    """What is demanded at least before a private person is scored: consent, or legitimate_interest until they say no.
    Scores that are no longer allowed disappear at once. Raises Invalid and Conflict."""
    if basis not in ("consent", "legitimate_interest"):
        raise Invalid({"profiling_basis": _("Please choose one of the options.")})
    async with transaction():
        await _change({"profiling_basis": basis}, version, by=by, now=now)
        for table in ("customer_score", "score_change"):
            await execute(
                f"DELETE FROM {table} s USING customer c, affiliation f WHERE c.id = s.customer AND c.kind = 'person' "
                "AND f.customer = c.id AND f.is_self AND NOT profiling_is_allowed(f.person)"
            )


async def _change(values: dict[str, int | str], version: int, *, by: int, now: datetime) -> None:
    async with transaction():
        before = await fetch_one("SELECT abc_a, abc_b, profiling_basis, version FROM score_settings FOR UPDATE")
        assert before is not None, "made by its migration"
        if before.version != version:
            raise Conflict(_("Somebody changed the settings while you were working on them."), (), before.version)
        differing = {name: [before[name], value] for name, value in values.items() if before[name] != value}
        if not differing:
            return
        sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 1))
        await execute(f"UPDATE score_settings SET {sets}, version = version + 1", *values.values())
        await record("score_settings.changed", "score_settings", None, by=by, now=now, fields=differing)
