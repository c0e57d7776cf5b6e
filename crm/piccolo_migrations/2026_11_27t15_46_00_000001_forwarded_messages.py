from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from enum import Enum
from piccolo.columns.column_types import Varchar


ID = "2026-11-27T15:46:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "What was forwarded, and what came back"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="crm", description=DESCRIPTION)

    manager.alter_column(
        table_class_name="TicketMessage",
        tablename="ticket_message",
        column_name="kind",
        db_column_name="kind",
        params={
            "choices": Enum(
                "MessageKind",
                {
                    "INBOUND": "inbound",
                    "REPLY": "reply",
                    "NOTE": "note",
                    "FORWARD": "forward",
                    "OUTSIDE": "outside",
                },
            )
        },
        old_params={"choices": Enum("MessageKind", {"INBOUND": "inbound", "REPLY": "reply", "NOTE": "note"})},
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    return manager
