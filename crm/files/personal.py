"""What the tables of files know about people: a content belongs to whoever the row is about that names it."""

from crm.personal import CODE, VALUE, Declared, each

PERSONAL = (
    Declared("stored_file", each(CODE, "sha256 media_type")),
    Declared("file_chunk", each(VALUE, "data")),
)
