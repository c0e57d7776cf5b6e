"""Who refers to stored files: the columns that hold a file's SHA-256. The housekeeping keeps what is named in one of
them; a test refuses a table with such a column that is not listed here."""

REFERENCES: tuple[tuple[str, str], ...] = (
    ("access_file", "sha256"),
    ("company", "logo_hash"),
    ("consent_payload", "sha256"),
    ("document", "sha256"),
    ("erasure", "certificate_hash"),
    ("export_run", "file_hash"),
    ("outbox_attachment", "sha256"),
    ("processing_record", "pdf_hash"),
    ("report_run", "pdf_hash"),
)
