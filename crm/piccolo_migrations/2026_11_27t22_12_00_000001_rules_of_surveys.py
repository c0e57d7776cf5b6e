"""Each event is asked about once, each question of a version has its place; what is due or over is found by an index."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T22:12:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Rules of surveys"

FORWARDS = (
    "CREATE UNIQUE INDEX uq_survey_event ON survey_invitation (survey, event)",
    "CREATE UNIQUE INDEX uq_survey_question ON survey_question (survey, version, position)",
    "CREATE INDEX ix_survey_due ON survey_invitation (due_at, id) WHERE state = 'waiting'",
    "CREATE INDEX ix_survey_expiring ON survey_invitation (expires_at) WHERE state = 'sent'",
    "CREATE INDEX ix_survey_sent ON survey_invitation (survey, sent_at)",
    "CREATE INDEX ix_survey_asked ON survey_invitation (lower(address), sent_at) WHERE sent_at IS NOT NULL",
    "CREATE INDEX ix_survey_response ON survey_response (survey, at DESC, id DESC)",
    "CREATE INDEX ix_answer_survey ON survey_answer (survey) WHERE survey IS NOT NULL",
    "CREATE INDEX ix_answer_response ON survey_answer (response) WHERE response IS NOT NULL",
    "CREATE INDEX ix_survey_call_back ON survey_response (ticket) WHERE ticket IS NOT NULL",
    "CREATE INDEX ix_interaction_visits ON interaction (at) WHERE channel = 'visit'",
    "ALTER TABLE survey ADD CONSTRAINT survey_days CHECK (days BETWEEN 0 AND 365 AND limit_days BETWEEN 0 AND 730 "
    "AND valid_days BETWEEN 1 AND 180)",
)
BACKWARDS = (
    "ALTER TABLE survey DROP CONSTRAINT survey_days",
    "DROP INDEX IF EXISTS uq_survey_event, uq_survey_question, ix_survey_due, ix_survey_expiring, ix_survey_sent, ix_survey_asked, "
    "ix_survey_response, ix_survey_call_back, ix_answer_survey, ix_answer_response, ix_interaction_visits",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for statement in FORWARDS:
            await execute(statement)

    async def undo() -> None:
        from crm.database import execute

        for statement in BACKWARDS:
            await execute(statement)

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
