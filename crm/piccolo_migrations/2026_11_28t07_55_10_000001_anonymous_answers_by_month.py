"""Anonymous answers that count already are dated to the first day of their month, as those to come, so that no choice of days cuts a group
in two; and those that fewer than five people gave to a kind of question are taken back until there are enough."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-28T07:55:10:000001"
VERSION = "1.38.0"
DESCRIPTION = "Anonymous answers by month"

_MONTH = "date_trunc('month', {at} AT TIME ZONE $1)"

_TOO_FEW = f"""
    WITH said AS (
        SELECT y.id, r.id AS response, r.survey, r.touchpoint, q.kind, {_MONTH.format(at="r.at")} AS month
        FROM survey s JOIN survey_response r ON r.survey = s.id JOIN survey_reply y ON y.response = r.id AND y.is_released
        JOIN survey_question q ON q.id = y.question WHERE s.is_anonymous
    ), few AS (
        SELECT survey, touchpoint, kind, month FROM said GROUP BY 1, 2, 3, 4 HAVING count(DISTINCT response) < 5
    ), back AS (
        UPDATE survey_reply y SET is_released = false FROM said s JOIN few f ON f.survey = s.survey AND f.kind = s.kind
            AND f.touchpoint IS NOT DISTINCT FROM s.touchpoint AND f.month = s.month WHERE y.id = s.id
    )
    DELETE FROM survey_answer a USING few f WHERE a.survey = f.survey AND a.metric = f.kind
        AND a.touchpoint IS NOT DISTINCT FROM f.touchpoint AND {_MONTH.format(at="a.at")} = f.month
"""
_BY_MONTH = f"""
    UPDATE survey_answer a SET at = {_MONTH.format(at="a.at")} AT TIME ZONE $1 FROM survey s WHERE s.id = a.survey AND s.is_anonymous
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute
        from crm.settings import Settings

        zone = Settings.from_env().time_zone
        await execute(_TOO_FEW, zone)
        await execute(_BY_MONTH, zone)

    async def undo() -> None:
        """The days are gone for good, as they shall be."""

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
