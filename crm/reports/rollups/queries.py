"""Counted days, and the same from the raw rows where a day has changed since: pieces of SQL that figures and sweep share.

In all pieces `zone` and other values are SQL: a parameter such as $6, or a column."""

from __future__ import annotations

from crm.interactions.counting import COUNTED

ANSWER_COUNTED = COUNTED.replace("i.", "a.")
"""Whether survey answer a counts: by the same rule as a contact."""


def local_day(at: str, zone: str) -> str:
    """The day of an instant by the wall clock of the zone."""
    return f"(({at}) AT TIME ZONE {zone})::date"


def marked_days(marks: str, zone: str) -> str:
    """The days of the zone whose figures may have changed. A marked day of UTC lies in two of them; which days a customer or
    person has is looked up now and not when the mark was made, so that a contact which was entered at the same moment
    isn't missed."""
    first = local_day("m.on_utc::timestamp AT TIME ZONE 'UTC'", zone)
    last = local_day("((m.on_utc + 1)::timestamp - interval '1 microsecond') AT TIME ZONE 'UTC'", zone)
    whose = " UNION ".join(
        f"SELECT {local_day('x.at', zone)} FROM {marks} m JOIN {table} x ON x.{subject} = m.{subject} WHERE x.at IS NOT NULL"
        for table in ("interaction", "survey_answer")
        for subject in ("customer", "person")
    )
    return (
        f"SELECT {first} AS day FROM {marks} m WHERE m.on_utc IS NOT NULL "
        f"UNION SELECT {last} FROM {marks} m WHERE m.on_utc IS NOT NULL UNION {whose}"
    )


def rows_of_days(table: str, alias: str, days: str, zone: str) -> str:
    """FROM: the rows of these days, one walk along the index of times for each day. The bounds are wide enough for any change of
    the clocks; the day itself decides."""
    return f"""{days} d JOIN LATERAL (
            SELECT * FROM {table} x WHERE x.at >= d.day::timestamp AT TIME ZONE {zone} - interval '3 hours'
                AND x.at < (d.day + 1)::timestamp AT TIME ZONE {zone} + interval '3 hours' OFFSET 0
        ) {alias} ON {local_day(f"{alias}.at", zone)} = d.day"""


def read_days(*, zone: str, until: str, all_raw: bool = False) -> str:
    """Parts of a WITH. `span` has the first days of the year, of the period before and of the period, and the last one; its
    bounds are $4, $3, $1. `raw_day`: the days of the year that are read from the raw rows, because they are not swept, run just
    now, were counted by another zone's days, or because `all_raw` is demanded."""
    last = local_day(f"{until} - interval '1 microsecond'", zone)
    is_swept = f"EXISTS (SELECT FROM rollup_zone z WHERE z.zone = {zone})" if not all_raw else "false"
    return f"""
    span AS MATERIALIZED (
        SELECT {local_day("$4::timestamptz", zone)} AS year, {local_day("$3::timestamptz", zone)} AS before,
            {local_day("$1::timestamptz", zone)} AS this, {last} AS last
    ),
    raw_day AS MATERIALIZED (
        SELECT u.day FROM span s CROSS JOIN LATERAL (
            SELECT g::date AS day FROM generate_series(s.year::timestamp, s.last::timestamp, interval '1 day') g
            WHERE NOT {is_swept}
            UNION SELECT {local_day(until, zone)}
            UNION ({marked_days("rollup_mark", zone)})
        ) u WHERE u.day BETWEEN s.year AND s.last
    )"""


def contacts(*, zone: str, until: str, only: str = "") -> str:
    """Parts of a WITH after read_days and SHUT: `contact` (is_this, is_recent, month, channel, direction, n) since `span.year`,
    and `touched` (is_this, touchpoint, phase, marked, impression, n) since `span.before`. `only` narrows raw rows i."""
    return f"""
    raw_contact AS MATERIALIZED (
        SELECT d.day >= s.this AS is_this, d.day >= s.before AS is_recent, date_trunc('month', d.day)::date AS month,
            i.channel, i.direction, i.touchpoint, i.phase, i.is_moment_of_truth AS marked, i.impression, count(*)::int AS n
        FROM span s CROSS JOIN {rows_of_days("interaction", "i", "raw_day", zone)}
        WHERE i.at < {until} AND {COUNTED}{only}
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    ),
    contact AS MATERIALIZED (
        SELECT c.day >= s.this AS is_this, c.day >= s.before AS is_recent, date_trunc('month', c.day)::date AS month,
            c.channel, c.direction, sum(c.n)::int AS n
        FROM span s JOIN contact_day c ON c.day BETWEEN s.year AND s.last AND c.day NOT IN (SELECT day FROM raw_day)
        GROUP BY 1, 2, 3, 4, 5
        UNION ALL
        SELECT is_this, is_recent, month, channel, direction, n FROM raw_contact
    ),
    touched AS MATERIALIZED (
        SELECT c.day >= s.this AS is_this, c.touchpoint, c.phase, c.marked, c.impression, sum(c.n)::int AS n
        FROM span s JOIN touchpoint_day c ON c.day BETWEEN s.before AND s.last AND c.day NOT IN (SELECT day FROM raw_day)
        GROUP BY 1, 2, 3, 4, 5
        UNION ALL
        SELECT is_this, touchpoint, phase, marked, impression, n FROM raw_contact WHERE is_recent
    )"""


def answers(*, zone: str, until: str, only: str = "") -> str:
    """Parts of a WITH after read_days and SHUT: `answer` (is_this, touchpoint, metric, score, n) since `span.before`, and
    `answer_course` (month, metric, score, n) since `span.year`. `only` narrows raw answers a."""
    return f"""
    raw_answer AS MATERIALIZED (
        SELECT d.day >= s.this AS is_this, d.day >= s.before AS is_recent, date_trunc('month', d.day)::date AS month,
            a.touchpoint, a.metric, a.score, count(*)::int AS n
        FROM span s CROSS JOIN {rows_of_days("survey_answer", "a", "raw_day", zone)}
        WHERE a.at < {until} AND {ANSWER_COUNTED}{only}
        GROUP BY 1, 2, 3, 4, 5, 6
    ),
    answer AS MATERIALIZED (
        SELECT c.day >= s.this AS is_this, c.touchpoint, c.metric, c.score, sum(c.n)::int AS n
        FROM span s JOIN answer_day c ON c.day BETWEEN s.before AND s.last AND c.day NOT IN (SELECT day FROM raw_day)
        GROUP BY 1, 2, 3, 4
        UNION ALL
        SELECT is_this, touchpoint, metric, score, n FROM raw_answer WHERE is_recent
    ),
    answer_course AS MATERIALIZED (
        SELECT date_trunc('month', c.day)::date AS month, c.metric, c.score, sum(c.n)::int AS n
        FROM span s JOIN score_day c ON c.day BETWEEN s.year AND s.last AND c.day NOT IN (SELECT day FROM raw_day)
        GROUP BY 1, 2, 3
        UNION ALL
        SELECT month, metric, score, n FROM raw_answer
    )"""
