"""The rules to start with; and the database withdraws a follow-up that nobody has set once its cause is gone, in the transaction of
whoever has the contact, decides the quotation, gets an order, or changes the customer: all of them, however they are written."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T07:21:26:000001"
VERSION = "1.38.0"
DESCRIPTION = "Follow-up rules"

RULES = (
    # code, on, days, German, English
    ("rhythm", True, 3, "", ""),
    ("prospect", False, 7, "{kunde} ist seit {tage} Tagen Interessent: Fragen Sie nach, was noch offen ist.",
     "{customer} has been a prospect for {days} days: ask what is still open."),
    ("quotation", True, 7, "Angebot {nummer} vom {datum} an {kunde} nachfassen ({betrag}).",
     "Follow up on quotation {number} of {date} to {customer} ({amount})."),
    ("delivered", False, 3, "{kunde} hat die Bestellung {nummer} am {datum} bekommen: Bedanken Sie sich und fragen Sie, ob alles stimmt.",
     "{customer} got order {number} on {date}: say thank you and ask whether all is well."),
    ("quiet", False, 0, "{kunde} ist ungewöhnlich still: Melden Sie sich.", "{customer} is unusually quiet: get in touch."),
)  # fmt: skip

FORWARDS = (
    "CREATE INDEX ix_reminder_caused ON reminder (customer) WHERE cause <> '' AND done_at IS NULL",
    "CREATE INDEX ix_reminder_causes ON reminder (cause, created_at) WHERE cause <> ''",
    'CREATE INDEX ix_reminder_done ON reminder ("user", done_at DESC, id DESC) WHERE done_at IS NOT NULL',
    "CREATE INDEX ix_quotation_sent ON quotation (sent_at) WHERE status = 'sent'",
    "CREATE INDEX ix_order_delivered ON customer_order (delivered_on) WHERE delivered_on IS NOT NULL",
    """
    CREATE FUNCTION withdraw_follow_ups(ids bigint[]) RETURNS void LANGUAGE sql AS $$
        WITH gone AS (
            UPDATE reminder SET done_at = now(), withdrawn_at = now() WHERE id = ANY(ids) AND done_at IS NULL
            RETURNING id, "user"
        )
        UPDATE notification n SET read_at = now() FROM gone g
        WHERE n."user" = g."user" AND n.read_at IS NULL AND n.kind IN ('reminder_due', 'reminder_given')
            AND (n.detail->>'reminder_id')::bigint = g.id
    $$
    """,
    """
    CREATE FUNCTION withdraw_by_figures() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        ids bigint[];
    BEGIN
        SELECT array_agg(id) INTO ids FROM reminder
        WHERE customer = NEW.customer AND done_at IS NULL AND (
            cause = 'rhythm' AND NEW.contact_due_at IS DISTINCT FROM OLD.contact_due_at
            OR cause = 'quiet' AND NEW.last_order_on IS DISTINCT FROM OLD.last_order_on);
        IF ids IS NOT NULL THEN
            PERFORM withdraw_follow_ups(ids);
        END IF;
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER figures_withdraw AFTER UPDATE OF contact_due_at, last_order_on ON customer_figures FOR EACH ROW "
    "WHEN (OLD.contact_due_at IS DISTINCT FROM NEW.contact_due_at OR OLD.last_order_on IS DISTINCT FROM NEW.last_order_on) "
    "EXECUTE FUNCTION withdraw_by_figures()",
    """
    CREATE FUNCTION withdraw_by_customer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.deleted_at IS NOT NULL OR NEW.restricted_at IS NOT NULL OR NEW.merged_into IS NOT NULL OR NEW.owner IS NULL THEN
            PERFORM withdraw_follow_ups(array_agg(id)) FROM reminder
            WHERE customer = NEW.id AND cause <> '' AND done_at IS NULL
                AND (NEW.owner IS NOT NULL OR "user" = OLD.owner);
        ELSIF NEW.owner IS DISTINCT FROM OLD.owner THEN
            WITH given AS (
                UPDATE reminder SET "user" = NEW.owner, delivered_at = NULL
                WHERE customer = NEW.id AND cause <> '' AND done_at IS NULL AND "user" = OLD.owner RETURNING id
            )
            UPDATE notification n SET read_at = now() FROM given g
            WHERE n."user" = OLD.owner AND n.read_at IS NULL AND n.kind IN ('reminder_due', 'reminder_given')
                AND (n.detail->>'reminder_id')::bigint = g.id;
        END IF;
        IF NEW.status IS DISTINCT FROM OLD.status THEN
            PERFORM withdraw_follow_ups(array_agg(id)) FROM reminder
            WHERE customer = NEW.id AND done_at IS NULL
                AND (cause = 'prospect' AND NEW.status <> 'prospect' OR cause = 'quiet' AND NEW.status = 'former');
        END IF;
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER customer_withdraws AFTER UPDATE OF owner, status, deleted_at, restricted_at, merged_into ON customer FOR EACH ROW "
    "WHEN (OLD.owner IS DISTINCT FROM NEW.owner OR OLD.status IS DISTINCT FROM NEW.status "
    "OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at OR OLD.restricted_at IS DISTINCT FROM NEW.restricted_at "
    "OR OLD.merged_into IS DISTINCT FROM NEW.merged_into) EXECUTE FUNCTION withdraw_by_customer()",
    """
    CREATE FUNCTION withdraw_by_quotation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM withdraw_follow_ups(array_agg(id)) FROM reminder WHERE cause_key = 'quotation ' || OLD.id;
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER quotation_withdraws AFTER UPDATE OF status ON quotation FOR EACH ROW "
    "WHEN (OLD.status = 'sent' AND NEW.status <> 'sent') EXECUTE FUNCTION withdraw_by_quotation()",
    "CREATE TRIGGER quotation_gone_withdraws AFTER DELETE ON quotation FOR EACH ROW WHEN (OLD.status = 'sent') "
    "EXECUTE FUNCTION withdraw_by_quotation()",
)
BACKWARDS = (
    "DROP TRIGGER quotation_gone_withdraws ON quotation",
    "DROP TRIGGER quotation_withdraws ON quotation",
    "DROP FUNCTION withdraw_by_quotation",
    "DROP TRIGGER customer_withdraws ON customer",
    "DROP FUNCTION withdraw_by_customer",
    "DROP TRIGGER figures_withdraw ON customer_figures",
    "DROP FUNCTION withdraw_by_figures",
    "DROP FUNCTION withdraw_follow_ups",
    *(
        f"DROP INDEX IF EXISTS {name}"
        for name in (
            "ix_order_delivered", "ix_quotation_sent", "ix_reminder_done", "ix_reminder_causes",
            "ix_reminder_caused",
        )
    ),
    "DELETE FROM follow_up_rule",
)  # fmt: skip


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for statement in FORWARDS:
            await execute(statement)
        for rule in RULES:
            await execute(
                "INSERT INTO follow_up_rule (code, is_on, days, text_de, text_en, since) "
                "VALUES ($1, $2, $3, $4, $5, CASE WHEN $2 THEN now() END)",
                *rule,
            )

    async def undo() -> None:
        from crm.database import execute

        for statement in BACKWARDS:
            await execute(statement)

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
