"""What the database itself holds to: rows that only grow, pairs that are unique, and the indexes the pages lean on."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-23T09:00:02:000001"
VERSION = "1.38.0"
DESCRIPTION = "Append-only tables, uniqueness, indexes"

APPEND_ONLY = ("audit_entry", "consent_event")

CHECKS = (
    ("email_address", "email_of_one"),
    ("phone_number", "phone_of_one"),
    ("interaction", "impression_1_5"),
    ("consent_event", "consent_of_someone"),
    ("competence", "level_1_3"),
)

FORWARDS = [
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
    """,
    *(
        statement
        for table in APPEND_ONLY
        for statement in (
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
            f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM CURRENT_USER",
        )
    ),
    'CREATE UNIQUE INDEX uq_submission ON submission ("user", key)',
    'CREATE UNIQUE INDEX uq_competence ON competence ("user", topic)',
    "CREATE UNIQUE INDEX uq_wording ON wording (purpose, version, language)",
    "CREATE UNIQUE INDEX uq_service_target ON service_target (service_level, priority)",
    "CREATE UNIQUE INDEX uq_file_chunk ON file_chunk (file, position)",
    "CREATE UNIQUE INDEX uq_affiliation ON affiliation (customer, person)",
    "CREATE UNIQUE INDEX uq_report_run ON report_run (month, scope, language)",
    "CREATE TRIGGER report_run_final BEFORE UPDATE OR DELETE ON report_run FOR EACH ROW "
    "WHEN (OLD.status = 'ready' AND NOT OLD.is_provisional) EXECUTE FUNCTION refuse_change()",
    "CREATE UNIQUE INDEX uq_company ON company ((true))",
    "ALTER TABLE email_address ADD CONSTRAINT email_of_one CHECK (num_nonnulls(customer, person) = 1)",
    "ALTER TABLE phone_number ADD CONSTRAINT phone_of_one CHECK (num_nonnulls(customer, person) = 1)",
    "ALTER TABLE interaction ADD CONSTRAINT impression_1_5 CHECK (impression BETWEEN 1 AND 5)",
    "ALTER TABLE consent_event ADD CONSTRAINT consent_of_someone CHECK (num_nonnulls(person_id, address_key) >= 1)",
    "ALTER TABLE competence ADD CONSTRAINT level_1_3 CHECK (level BETWEEN 1 AND 3)",
    'CREATE INDEX ix_session_user ON login_session ("user")',
    "CREATE INDEX ix_audit_subject ON audit_entry (subject_kind, subject_id, id DESC)",
    "CREATE INDEX ix_audit_kind ON audit_entry (subject_kind, id DESC)",
    "CREATE INDEX ix_audit_actor ON audit_entry (actor_id, id DESC)",
    "CREATE INDEX ix_session_expires ON login_session (expires_at)",
    'CREATE INDEX ix_link_user ON one_time_link ("user", created_at)',
    'CREATE INDEX ix_recovery_user ON recovery_code ("user")',
    'CREATE INDEX ix_token_user ON api_token ("user")',
    'CREATE INDEX ix_customer_name ON customer (sort_key COLLATE "C", id)',
    'CREATE INDEX ix_customer_owner ON customer (owner, sort_key COLLATE "C", id)',
    "CREATE INDEX ix_customer_search ON customer USING gin (search_text gin_trgm_ops)",
    "CREATE INDEX ix_affiliation_person ON affiliation (person)",
    "CREATE INDEX ix_email_address ON email_address (lower(address))",
    "CREATE INDEX ix_email_customer ON email_address (customer) WHERE customer IS NOT NULL",
    "CREATE INDEX ix_email_person ON email_address (person) WHERE person IS NOT NULL",
    "CREATE INDEX ix_phone_number ON phone_number (number)",
    "CREATE INDEX ix_phone_customer ON phone_number (customer) WHERE customer IS NOT NULL",
    "CREATE INDEX ix_phone_person ON phone_number (person) WHERE person IS NOT NULL",
    "CREATE INDEX ix_address_customer ON postal_address (customer)",
    "CREATE INDEX ix_order_customer ON customer_order (customer, ordered_on DESC)",
    "CREATE INDEX ix_timeline ON timeline_entry (customer, at DESC, id DESC)",
    "CREATE INDEX ix_timeline_ref ON timeline_entry (kind, ref_id)",
    "CREATE INDEX ix_figures_due ON customer_figures "
    "((coalesce(contact_due_at, '9999-01-01 00:00+00'::timestamptz)), customer)",
    "CREATE INDEX ix_ticket_subject ON ticket USING gin (lower(subject) gin_trgm_ops)",
    "CREATE INDEX ix_interaction_at ON interaction (at DESC, id DESC)",
    "CREATE INDEX ix_interaction_customer ON interaction (customer, at DESC)",
    "CREATE INDEX ix_interaction_by ON interaction (by_user, id DESC)",
    "CREATE INDEX ix_ticket_customer ON ticket (customer, opened_at DESC)",
    "CREATE INDEX ix_ticket_assignee ON ticket (assignee, solution_due_at) WHERE status IN ('new', 'open', 'waiting', 'postponed')",
    "CREATE INDEX ix_ticket_open ON ticket (solution_due_at, id) WHERE status IN ('new', 'open', 'waiting', 'postponed')",
    "CREATE INDEX ix_ticket_opened ON ticket (opened_at DESC, id DESC)",
    "CREATE INDEX ix_ticket_due ON ticket ((coalesce(least(CASE WHEN first_responded_at IS NULL THEN first_response_due_at END, "
    "next_response_due_at, solution_due_at), '9999-01-01 00:00+00'::timestamptz)), id) "
    "WHERE status IN ('new', 'open', 'waiting', 'postponed')",
    "CREATE INDEX ix_ticket_solved ON ticket (solved_at DESC, id DESC) WHERE status IN ('solved', 'closed')",
    "CREATE INDEX ix_message_ticket ON ticket_message (ticket, at)",
    "CREATE INDEX ix_pause_ticket ON ticket_pause (ticket)",
    "CREATE INDEX ix_escalation_ticket ON escalation (ticket)",
    "CREATE INDEX ix_closure_ticket ON closure (ticket)",
    "CREATE INDEX ix_closure_at ON closure (at)",
    "CREATE INDEX ix_decision_ticket ON routing_decision (ticket, id DESC)",
    "CREATE INDEX ix_reminder_due ON reminder (due_at) WHERE delivered_at IS NULL AND done_at IS NULL",
    'CREATE INDEX ix_reminder_user ON reminder ("user", due_at) WHERE done_at IS NULL',
    "CREATE INDEX ix_reminder_customer ON reminder (customer, due_at) WHERE done_at IS NULL",
    "CREATE INDEX ix_outbox_due ON outbox_message (next_attempt_at) WHERE status IN ('queued', 'sending')",
    'CREATE INDEX ix_notification_user ON notification ("user", at DESC) WHERE read_at IS NULL',
    'CREATE INDEX ix_notification_list ON notification ("user", at DESC, id DESC)',
    "CREATE INDEX ix_answer_at ON survey_answer (at)",
    "CREATE INDEX ix_answer_customer ON survey_answer (customer, at DESC)",
    "CREATE SEQUENCE customer_number START 10001",
    "ALTER SEQUENCE ticket_id_seq RESTART 1001",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for statement in FORWARDS:
            await execute(statement)

    async def undo() -> None:
        from crm.database import execute, fetch

        for table in APPEND_ONLY:
            await execute(f"DROP TRIGGER {table}_append_only ON {table}")
            await execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
            await execute(f"GRANT UPDATE, DELETE, TRUNCATE ON {table} TO CURRENT_USER")
        await execute("DROP TRIGGER report_run_final ON report_run")
        await execute("DROP FUNCTION refuse_change")
        await execute("DROP SEQUENCE customer_number")
        for table, constraint in CHECKS:
            await execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        made_here = await fetch(
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND (indexname LIKE 'ix\\_%' OR indexname LIKE 'uq\\_%')"
        )
        for row in made_here:
            await execute(f'DROP INDEX "{row["indexname"]}"')

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
