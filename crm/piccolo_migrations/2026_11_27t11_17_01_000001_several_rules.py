"""Nobody takes part in a contact twice, no document hangs on it twice, and nobody takes part who was merged at that very instant;
who took part, the contacts of a document and those of an event are found by index."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T11:17:01:000001"
VERSION = "1.38.0"
DESCRIPTION = "Rules of events, participants and documents of contacts"

FORWARDS = (
    "ALTER TABLE contact_participant ADD CONSTRAINT participant_is_one_of_two CHECK (num_nonnulls(person, staff) = 1)",
    "CREATE UNIQUE INDEX ix_participant_person_once ON contact_participant (interaction, person) WHERE person IS NOT NULL",
    "CREATE UNIQUE INDEX ix_participant_staff_once ON contact_participant (interaction, staff) WHERE staff IS NOT NULL",
    "CREATE INDEX ix_participant_person ON contact_participant (person) WHERE person IS NOT NULL",
    "CREATE INDEX ix_participant_staff ON contact_participant (staff) WHERE staff IS NOT NULL",
    "CREATE TRIGGER contact_participant_not_for_merged AFTER INSERT ON contact_participant REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_merged_person()",
    "CREATE TRIGGER contact_participant_not_to_merged AFTER UPDATE OF person ON contact_participant "
    "FOR EACH ROW WHEN (NEW.person IS DISTINCT FROM OLD.person) EXECUTE FUNCTION refuse_merged_person()",
    "CREATE UNIQUE INDEX ix_contact_document_once ON contact_document (interaction, document)",
    "CREATE INDEX ix_contact_document ON contact_document (document)",
    "CREATE INDEX ix_interaction_gathering ON interaction (gathering, at) WHERE gathering IS NOT NULL",
    "CREATE INDEX ix_gathering_held ON gathering (held_on, id)",
    "ALTER TABLE gathering ADD CONSTRAINT gathering_ends_after_it_begins CHECK (ends_on IS NULL OR ends_on > held_on)",
)
BACKWARDS = (
    "ALTER TABLE gathering DROP CONSTRAINT gathering_ends_after_it_begins",
    *(
        f"DROP INDEX IF EXISTS {name}"
        for name in (
            "ix_gathering_held", "ix_interaction_gathering", "ix_contact_document", "ix_contact_document_once", "ix_participant_staff",
            "ix_participant_person", "ix_participant_staff_once", "ix_participant_person_once",
        )
    ),
    "DROP TRIGGER contact_participant_not_to_merged ON contact_participant",
    "DROP TRIGGER contact_participant_not_for_merged ON contact_participant",
    "ALTER TABLE contact_participant DROP CONSTRAINT participant_is_one_of_two",
)  # fmt: skip


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
