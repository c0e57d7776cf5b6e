"""Rules of retention about the addresses of invitations to surveys, words in anonymous surveys and of staff, and notes of interviews: each
waits until the officer has looked at its preview."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-28T02:24:31:000001"
VERSION = "1.38.0"
DESCRIPTION = "Rules of retention about surveys and interviews"

RULES = (
    (
        "survey_words", 3, "years", True,
        "Wer etwas gesagt hat, steht nicht dabei; der Wortlaut kann trotzdem jemanden verraten. Nach drei Jahren zum Jahresende hat er "
        "seinen Zweck erfüllt (DSGVO Art. 5 Abs. 1 Buchst. e). Zahlen bleiben.",
        "Nobody is named, yet the words may give somebody away. Three years from the end of the year they have done their work (GDPR "
        "Art. 5 (1) (e)). Figures stay.",
    ),
    (
        "survey_invitations", 12, "months", False,
        "Die Adresse dient nur der Zustellung und dem Abstand zur nächsten Befragung (DSGVO Art. 5 Abs. 1 Buchst. c, e).",
        "The address only serves delivery and the distance to the next survey (GDPR Art. 5 (1) (c), (e)).",
    ),
    (
        "interview_notes", 3, "years", True,
        "Wer befragt wurde, steht nicht dabei; der Wortlaut kann trotzdem jemanden verraten. Nach drei Jahren zum Jahresende hat er "
        "seinen Zweck erfüllt (DSGVO Art. 5 Abs. 1 Buchst. e).",
        "Nobody is named, yet the words may give somebody away. Three years from the end of the year they have done their work (GDPR "
        "Art. 5 (1) (e)).",
    ),
)  # fmt: skip


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for code, amount, unit, from_year_end, german, english in RULES:
            await execute(
                "INSERT INTO retention_rule (code, amount, unit, from_year_end, is_on, reason_de, reason_en, approved, position, version) "
                "SELECT $1, $2, $3, $4, true, $5, $6, '', coalesce(max(position), 0) + 1, 1 FROM retention_rule",
                code, amount, unit, from_year_end, german, english,
            )  # fmt: skip

    async def undo() -> None:
        from crm.database import execute

        await execute("DELETE FROM retention_rule WHERE code = ANY($1)", [rule[0] for rule in RULES])

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
