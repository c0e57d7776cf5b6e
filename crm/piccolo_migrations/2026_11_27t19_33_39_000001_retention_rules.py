"""What rules of retention hold to, and those that a house begins with: each waits until the officer has looked at its preview."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T19:33:39:000001"
VERSION = "1.38.0"
DESCRIPTION = "What rules of retention hold to"

FORWARDS = (
    "CREATE UNIQUE INDEX uq_retention_result ON retention_result (run, code)",
    "CREATE INDEX ix_retention_unfinished ON retention_run (claimed_at) WHERE finished_at IS NULL",
    "ALTER TABLE retention_rule ADD CONSTRAINT retention_period CHECK (amount BETWEEN 1 AND 3650 AND unit IN ('days', 'months', 'years'))",
)
BACKWARDS = (
    "ALTER TABLE retention_rule DROP CONSTRAINT retention_period",
    "DROP INDEX ix_retention_unfinished",
    "DROP INDEX uq_retention_result",
    "DELETE FROM retention_rule",
)
RULES = (
    (
        "former_persons", 3, "years", True, True,
        "Ansprüche aus dem Geschäft sind nach drei Jahren zum Jahresende verjährt (BGB §§ 195, 199); danach fehlt ein "
        "Zweck (DSGVO Art. 5 Abs. 1 Buchst. e). Was Handels- und Steuerrecht verlangen, bleibt bis zum Ende der "
        "Pflicht.",
        "Claims are barred three years from the end of the year (BGB §§ 195, 199); after that no purpose is left (GDPR "
        "Art. 5 (1) (e)). What commercial and tax law demand stays until the duty ends.",
    ),
    (
        "prospect_persons", 24, "months", False, True,
        "Wer sich zwei Jahre lang nicht gemeldet hat, will das Angebot nicht mehr; das berechtigte Interesse endet "
        "(DSGVO Art. 6 Abs. 1 Buchst. f, Art. 5 Abs. 1 Buchst. e).",
        "Whoever has not been in touch for two years no longer wants the offer; the legitimate interest ends (GDPR Art."
        " 6 (1) (f), Art. 5 (1) (e)).",
    ),
    (
        "deleted_persons", 30, "days", False, True,
        "Gelöschte Kunden braucht niemand mehr; nur Aufbewahrungspflichten halten noch etwas fest (DSGVO Art. 17 Abs. 1"
        " Buchst. a).",
        "Nobody needs deleted customers any more; only duties to keep hold anything back (GDPR Art. 17 (1) (a)).",
    ),
    (
        "contact_texts", 3, "years", True, True,
        "Der Wortlaut wird gebraucht, bis Ansprüche verjährt sind: drei Jahre zum Jahresende (BGB §§ 195, 199). Zahlen "
        "bleiben.",
        "The words are needed until claims are barred: three years from the end of the year (BGB §§ 195, 199). Figures "
        "stay.",
    ),
    (
        "closed_tickets", 3, "years", True, True,
        "Der Wortlaut wird gebraucht, bis Ansprüche verjährt sind: drei Jahre zum Jahresende (BGB §§ 195, 199). Zahlen "
        "bleiben.",
        "The words are needed until claims are barred: three years from the end of the year (BGB §§ 195, 199). Figures "
        "stay.",
    ),
    (
        "outbox_texts", 24, "months", False, True,
        "Was in Anfragen und Kundenkontakten steht, wird dort aufbewahrt; die Kopie im Postausgang dient nur der "
        "Zustellung (DSGVO Art. 5 Abs. 1 Buchst. c, e).",
        "What stands in enquiries and contacts is kept there; the copy in the outbox only serves delivery (GDPR Art. 5 "
        "(1) (c), (e)).",
    ),
    (
        "call_backs", 6, "months", False, True,
        "Die Aufgabe ist erledigt, der Zweck erreicht (DSGVO Art. 5 Abs. 1 Buchst. e).",
        "The task is done and its purpose reached (GDPR Art. 5 (1) (e)).",
    ),
    (
        "reminders", 12, "months", False, True,
        "Die Aufgabe ist erledigt, der Zweck erreicht (DSGVO Art. 5 Abs. 1 Buchst. e).",
        "The task is done and its purpose reached (GDPR Art. 5 (1) (e)).",
    ),
    (
        "notifications", 6, "months", False, True,
        "Die Aufgabe ist erledigt, der Zweck erreicht (DSGVO Art. 5 Abs. 1 Buchst. e).",
        "The task is done and its purpose reached (GDPR Art. 5 (1) (e)).",
    ),
    (
        "ended_consents", 3, "years", True, True,
        "Der Nachweis wird gebraucht, bis Ansprüche wegen der Werbung verjährt sind (DSGVO Art. 7 Abs. 1, Art. 17 Abs. "
        "3 Buchst. e; BGB §§ 195, 199).",
        "The proof is needed until claims because of advertising are barred (GDPR Art. 7 (1), Art. 17 (3) (e); BGB §§ "
        "195, 199).",
    ),
    (
        "audit_values", 3, "years", True, False,
        "Wer wann was geändert hat, bleibt nachweisbar (DSGVO Art. 5 Abs. 2); die Werte selbst werden dafür auf Dauer "
        "nicht gebraucht.",
        "Who changed what and when remains provable (GDPR Art. 5 (2)); the values themselves are not needed for that "
        "for good.",
    ),
)  # fmt: skip


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for statement in FORWARDS:
            await execute(statement)
        for position, (code, amount, unit, from_year_end, is_on, german, english) in enumerate(RULES):
            await execute(
                "INSERT INTO retention_rule (code, amount, unit, from_year_end, is_on, reason_de, reason_en, approved, position, version) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, 1)",
                code, amount, unit, from_year_end, is_on, german, english, position,
            )  # fmt: skip

    async def undo() -> None:
        from crm.database import execute

        for statement in BACKWARDS:
            await execute(statement)

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
