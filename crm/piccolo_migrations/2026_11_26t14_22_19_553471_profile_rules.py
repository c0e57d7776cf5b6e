"""What the database itself demands of attributes and scores: a stated basis for every value of a person, a consent that is
in the ledger, an end at once when it is withdrawn, and no score of somebody who did not agree."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T14:22:19:553471"
VERSION = "1.38.0"
DESCRIPTION = "Bases of attributes and scores"

FUNCTIONS = (
    # Said by the person in a way that can be shown; what came with an import or from hearsay is not (GDPR Art. 9 (2) a, Art. 22 (2) c).
    """
    CREATE FUNCTION is_explicit_consent(event_id bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT EXISTS (SELECT FROM consent_event e WHERE e.id = event_id
            AND coalesce((SELECT g.source FROM consent_event g WHERE e.event = 'confirmed' AND g.event = 'given'
                AND g.person_id = e.person_id AND g.purpose = e.purpose AND g.channel = e.channel AND (g.at, g.id) < (e.at, e.id)
                ORDER BY g.at DESC, g.id DESC LIMIT 1), e.source) IN ('web_form', 'phone', 'paper', 'preference_page'))
    $$
    """,
    # The event by which a person's consent is in force; the rule of crm.consents.ledger.state_of. At the same time a no wins.
    """
    CREATE FUNCTION consent_that_holds(whom bigint, what text, way text) RETURNS bigint LANGUAGE sql STABLE AS $$
        WITH said AS (
            SELECT id, event, source, at FROM consent_event WHERE person_id = whom AND purpose = what AND channel = way
        ), yes AS (
            SELECT * FROM said WHERE event IN ('given', 'confirmed') AND at > coalesce(
                (SELECT max(at) FROM said WHERE event IN ('refused', 'withdrawn', 'objected', 'expired')), '-infinity')
        )
        SELECT y.id FROM yes y JOIN purpose p ON p.code = what
        WHERE CASE WHEN y.event = 'given' THEN NOT (p.needs_confirmation AND way = 'email') OR y.source = 'paper'
            ELSE EXISTS (SELECT FROM yes g WHERE g.event = 'given' AND (g.at, g.id) < (y.at, y.id)) END
        ORDER BY is_explicit_consent(y.id) DESC, y.at, y.id LIMIT 1
    $$
    """,
    """
    CREATE FUNCTION consents_that_hold(whom bigint, what text) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
        SELECT held.id FROM (SELECT DISTINCT channel FROM consent_event WHERE person_id = whom AND purpose = what) way,
            LATERAL (SELECT consent_that_holds(whom, what, way.channel) AS id) held
        WHERE held.id IS NOT NULL
    $$
    """,
    """
    CREATE FUNCTION has_said_no(whom bigint, what text) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT EXISTS (SELECT FROM consent_event e WHERE e.person_id = whom AND e.purpose = what
            AND e.event IN ('refused', 'withdrawn', 'objected') AND NOT EXISTS (
                SELECT FROM consent_event g WHERE g.person_id = whom AND g.purpose = what AND g.channel = e.channel
                AND g.event = 'given' AND g.at > e.at))
    $$
    """,
    """
    CREATE FUNCTION profiling_is_allowed(whom bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT CASE WHEN (SELECT profiling_basis FROM score_settings ORDER BY id LIMIT 1) = 'legitimate_interest'
            THEN NOT has_said_no(whom, 'profiling')
            ELSE EXISTS (SELECT FROM consents_that_hold(whom, 'profiling') held WHERE is_explicit_consent(held)) END
    $$
    """,
    # A basis is stated once. It may be ended, and go with its person when records are merged: then the stricter answer holds.
    """
    CREATE FUNCTION check_attribute_basis() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        way text;
    BEGIN
        PERFORM FROM person WHERE id = NEW.person FOR NO KEY UPDATE;
        IF TG_OP = 'UPDATE' THEN
            IF (OLD.id, OLD.purpose, OLD.basis, OLD.consent_event, OLD.reference, OLD.valid_from, OLD.stated_by)
                IS DISTINCT FROM (NEW.id, NEW.purpose, NEW.basis, NEW.consent_event, NEW.reference, NEW.valid_from, NEW.stated_by)
                OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at) THEN
                RAISE EXCEPTION 'a stated basis is never changed, only ended' USING ERRCODE = 'restrict_violation';
            END IF;
            IF NEW.person <> OLD.person AND NEW.ended_at IS NULL AND NEW.basis IN ('consent', 'legitimate_interest')
                AND has_said_no(NEW.person, NEW.purpose) THEN
                NEW.ended_at := now();
            END IF;
            RETURN NEW;
        END IF;
        IF NEW.basis = 'consent' THEN
            SELECT channel INTO way FROM consent_event
            WHERE id = NEW.consent_event AND person_id = NEW.person AND purpose = NEW.purpose AND event IN ('given', 'confirmed');
            IF way IS NULL OR consent_that_holds(NEW.person, NEW.purpose, way) IS NULL THEN
                RAISE EXCEPTION 'the consent ledger holds no valid consent of person % for the purpose %', NEW.person, NEW.purpose
                    USING ERRCODE = 'restrict_violation', HINT = 'Record the consent first, with the wording that the person saw.';
            END IF;
        ELSIF NEW.basis NOT IN ('contract', 'legal_duty', 'legitimate_interest') OR NEW.basis IS NULL THEN
            RAISE EXCEPTION '% is no legal basis', NEW.basis USING ERRCODE = 'restrict_violation';
        ELSIF btrim(coalesce(NEW.reference, '')) = '' THEN
            RAISE EXCEPTION 'the basis % names no contract, law or interest', NEW.basis
                USING ERRCODE = 'restrict_violation', HINT = 'Name what it rests on in reference.';
        ELSIF NEW.basis = 'legitimate_interest' AND has_said_no(NEW.person, NEW.purpose) THEN
            RAISE EXCEPTION 'person % has objected to the purpose %', NEW.person, NEW.purpose USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION demand_attribute_basis() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        wanted attribute;
    BEGIN
        IF TG_OP = 'UPDATE' AND OLD.blocked_at IS NULL AND NEW.blocked_at IS NOT NULL
            AND (OLD.attribute, OLD.customer, OLD.person, OLD.text, OLD.number, OLD.on_date, OLD.flag)
            IS NOT DISTINCT FROM (NEW.attribute, NEW.customer, NEW.person, NEW.text, NEW.number, NEW.on_date, NEW.flag) THEN
            RETURN NEW;
        END IF;
        SELECT * INTO wanted FROM attribute WHERE id = NEW.attribute FOR SHARE;
        IF wanted.retired_at IS NOT NULL THEN
            RAISE EXCEPTION 'the attribute % is not used any more', wanted.code USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.customer IS NOT NULL THEN
            IF wanted.about = 'person' OR NOT EXISTS (
                SELECT FROM customer WHERE id = NEW.customer AND kind = 'organisation' AND restricted_at IS NULL) THEN
                RAISE EXCEPTION 'the attribute % does not describe this customer', wanted.code
                    USING ERRCODE = 'restrict_violation', HINT = 'What describes a person belongs to that person.';
            END IF;
            RETURN NEW;
        END IF;
        IF wanted.about = 'organisation' OR EXISTS (SELECT FROM person WHERE id = NEW.person AND restricted_at IS NOT NULL) THEN
            RAISE EXCEPTION 'the attribute % may not be kept about person %', wanted.code, NEW.person
                USING ERRCODE = 'restrict_violation';
        END IF;
        PERFORM FROM attribute_basis b
        WHERE b.person = NEW.person AND b.purpose = wanted.purpose AND b.basis = wanted.legal_basis AND b.ended_at IS NULL
            AND b.valid_from <= greatest(now(), clock_timestamp())
            AND (NOT wanted.is_special OR b.basis = 'consent' AND is_explicit_consent(b.consent_event))
        FOR SHARE OF b;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no % is stated for person % and the purpose %', wanted.legal_basis, NEW.person, wanted.purpose
                USING ERRCODE = 'restrict_violation', HINT = 'State it in attribute_basis first.';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION keep_attribute_meaning() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM attribute_value WHERE attribute = OLD.id) THEN
            RAISE EXCEPTION 'the attribute % has values: their purpose, basis and type stay', OLD.code
                USING ERRCODE = 'restrict_violation', HINT = 'Retire it and define a new one.';
        END IF;
        RETURN NEW;
    END $$
    """,
    # A no in the ledger ends at once what rested on the yes: bases, values, scores. Writers of bases wait for the person's row.
    """
    CREATE FUNCTION end_what_rested_on_consent() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM FROM person WHERE id = NEW.person_id FOR NO KEY UPDATE;
        UPDATE attribute_basis b SET ended_at = greatest(NEW.recorded_at, b.valid_from), ended_by_event = NEW.id
        WHERE b.person = NEW.person_id AND b.purpose = NEW.purpose AND b.ended_at IS NULL AND CASE
            WHEN b.basis = 'consent' THEN EXISTS (SELECT FROM consent_event g WHERE g.id = b.consent_event
                AND g.channel = NEW.channel AND g.at <= NEW.at)
            WHEN b.basis = 'legitimate_interest' THEN NEW.event <> 'expired' AND has_said_no(NEW.person_id, NEW.purpose)
            ELSE false END;
        UPDATE attribute_value v SET blocked_at = NEW.recorded_at FROM attribute a
        WHERE v.person = NEW.person_id AND a.id = v.attribute AND a.purpose = NEW.purpose AND v.blocked_at IS NULL
            AND NOT EXISTS (SELECT FROM attribute_basis b WHERE b.person = v.person AND b.purpose = a.purpose
                AND b.basis = a.legal_basis AND b.ended_at IS NULL
                AND (NOT a.is_special OR is_explicit_consent(b.consent_event)));
        IF NEW.purpose = 'profiling' AND NOT profiling_is_allowed(NEW.person_id) THEN
            DELETE FROM customer_score WHERE customer IN (
                SELECT customer FROM affiliation WHERE person = NEW.person_id AND is_self);
            DELETE FROM score_change WHERE customer IN (
                SELECT customer FROM affiliation WHERE person = NEW.person_id AND is_self);
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION demand_leave_to_score() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        who record;
    BEGIN
        SELECT c.kind, c.restricted_at, c.deleted_at, f.person INTO who FROM customer c
        LEFT JOIN affiliation f ON f.customer = c.id AND f.is_self WHERE c.id = NEW.customer;
        IF who.restricted_at IS NOT NULL OR who.deleted_at IS NOT NULL THEN
            RAISE EXCEPTION 'customer % is restricted or deleted and is not scored', NEW.customer
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF who.kind = 'organisation' THEN
            RETURN NEW;
        END IF;
        PERFORM FROM person WHERE id = who.person AND restricted_at IS NULL FOR SHARE;
        IF NOT FOUND OR NOT profiling_is_allowed(who.person) THEN
            RAISE EXCEPTION 'customer % is a person who has not agreed to be scored', NEW.customer
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
)

TRIGGERS = (
    ("attribute_basis", "attribute_basis_holds", "BEFORE INSERT OR UPDATE", "", "check_attribute_basis"),
    ("attribute_value", "attribute_value_rests_on_basis", "BEFORE INSERT OR UPDATE", "", "demand_attribute_basis"),
    (
        "attribute", "attribute_keeps_meaning", "BEFORE UPDATE",
        "WHEN ((OLD.purpose, OLD.legal_basis, OLD.data_type, OLD.about, OLD.is_special) IS DISTINCT FROM "
        "(NEW.purpose, NEW.legal_basis, NEW.data_type, NEW.about, NEW.is_special))",
        "keep_attribute_meaning",
    ),
    (
        "consent_event", "consent_event_ends_bases", "AFTER INSERT",
        "WHEN (NEW.person_id IS NOT NULL AND NEW.event IN ('refused', 'withdrawn', 'objected', 'expired'))",
        "end_what_rested_on_consent",
    ),
    ("customer_score", "customer_score_is_allowed", "BEFORE INSERT OR UPDATE", "", "demand_leave_to_score"),
    ("score_change", "score_change_is_allowed", "BEFORE INSERT", "", "demand_leave_to_score"),
)  # fmt: skip

INDEXES = {
    "uq_attribute_choice": "UNIQUE INDEX uq_attribute_choice ON attribute_choice (attribute, code)",
    "uq_attribute_basis": "UNIQUE INDEX uq_attribute_basis ON attribute_basis (person, purpose, basis, coalesce(consent_event, 0)) "
    "WHERE ended_at IS NULL",
    "uq_attribute_value_person": "UNIQUE INDEX uq_attribute_value_person ON attribute_value (person, attribute) WHERE person IS NOT NULL",
    "uq_attribute_value_customer": "UNIQUE INDEX uq_attribute_value_customer ON attribute_value (customer, attribute) "
    "WHERE customer IS NOT NULL",
    "ix_attribute_value_attribute": "INDEX ix_attribute_value_attribute ON attribute_value (attribute, recorded_at)",
    "ix_attribute_value_blocked": "INDEX ix_attribute_value_blocked ON attribute_value (blocked_at) WHERE blocked_at IS NOT NULL",
    "ix_score_class": "INDEX ix_score_class ON customer_score (abc_class, customer)",
    "ix_score_rfm": "INDEX ix_score_rfm ON customer_score (rfm, customer)",
    "ix_score_change_customer": "INDEX ix_score_change_customer ON score_change (customer, computed_at DESC)",
    "ix_score_review_customer": "INDEX ix_score_review_customer ON score_review (customer, asked_at DESC)",
    "uq_score_review_standing": "UNIQUE INDEX uq_score_review_standing ON score_review (customer) WHERE taken_back_at IS NULL",
    "uq_score_settings": "UNIQUE INDEX uq_score_settings ON score_settings ((true))",
    "uq_score_run_under_way": "UNIQUE INDEX uq_score_run_under_way ON score_run ((true)) WHERE status IN ('requested', 'running')",
}

CHECKS = (
    ("attribute_value", "attribute_of_one", "num_nonnulls(customer, person) = 1"),
    ("attribute_value", "attribute_one_value", "num_nonnulls(text, number, on_date, flag) = 1"),
    (
        "attribute",
        "attribute_special_by_consent",
        "NOT is_special OR legal_basis = 'consent' AND roles <> '' AND about = 'person'",
    ),
    ("attribute", "attribute_retention", "retention > 0"),
    ("score_settings", "score_shares", "0 < abc_a AND abc_a < abc_b AND abc_b <= 100"),
    ("score_settings", "score_basis", "profiling_basis IN ('consent', 'legitimate_interest')"),
    ("customer_score", "score_classes", "abc_class IN ('A', 'B', 'C') AND computed_class IN ('A', 'B', 'C')"),
    ("score_review", "review_class", "decided_class IN ('', 'A', 'B', 'C')"),
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    async def apply() -> None:
        from crm.database import execute

        for statement in FUNCTIONS:
            await execute(statement)
        for table, name, when, condition, function in TRIGGERS:
            await execute(
                f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW {condition} EXECUTE FUNCTION {function}()"
            )
        for index in INDEXES.values():
            await execute(f"CREATE {index}")
        for table, name, condition in CHECKS:
            await execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition})")
        await execute(
            "INSERT INTO score_settings (abc_a, abc_b, profiling_basis, version) VALUES (80, 95, 'consent', 1)"
        )

    async def undo() -> None:
        from crm.database import execute

        await execute("DELETE FROM score_settings")
        for table, name, _condition in CHECKS:
            await execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name in INDEXES:
            await execute(f"DROP INDEX {name}")
        for table, name, _when, _condition, _function in TRIGGERS:
            await execute(f"DROP TRIGGER {name} ON {table}")
        for function in (
            "demand_leave_to_score",
            "end_what_rested_on_consent",
            "keep_attribute_meaning",
            "demand_attribute_basis",
            "check_attribute_basis",
            "profiling_is_allowed",
            "has_said_no",
            "consents_that_hold",
            "consent_that_holds",
            "is_explicit_consent",
        ):
            await execute(f"DROP FUNCTION {function}")

    manager.add_raw(apply)
    manager.add_raw_backwards(undo)
    return manager
