"""Rules of retention about what customers said in surveys, as criticism or praise, and to quotations: each waits until the officer has
looked at its preview."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T22:38:11:000001"
VERSION = "1.38.0"
DESCRIPTION = "Further rules of retention"

GERMAN = (
    "Der Wortlaut wird gebraucht, bis Ansprüche verjährt sind: drei Jahre zum Jahresende (BGB §§ 195, 199). Zahlen "
    "bleiben."
)
ENGLISH = (
    "The words are needed until claims are barred: three years from the end of the year (BGB §§ 195, 199). Figures "
    "stay."
)
CODES = ("survey_comments", "feedback_texts", "quotation_notes")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for code in CODES:
            await execute(
                "INSERT INTO retention_rule (code, amount, unit, from_year_end, is_on, reason_de, reason_en, approved, position, version) "
                "SELECT $1, 3, 'years', true, true, $2, $3, '', coalesce(max(position), 0) + 1, 1 FROM retention_rule",
                code, GERMAN, ENGLISH,
            )  # fmt: skip

    async def undo() -> None:
        from crm.database import execute

        await execute("DELETE FROM retention_rule WHERE code = ANY($1)", list(CODES))

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
