"""What exports, imports, duplicates and merges know about people."""

from crm.customers.personal import OF_CUSTOMER
from crm.personal import CODE, DERIVED, NOTE, STAFF, VALUE, Declared, Erase, Tells, each
from crm.web.i18n import N_

_CELLS = (
    "jsonb_typeof(t.cells) = 'array' "
    "AND EXISTS (SELECT FROM jsonb_array_elements_text(t.cells) c WHERE lower(c) = ANY($3))"
)

PERSONAL = (
    Declared(
        "export_run",  # one of many people: the run stays, its file goes after a few days
        each(CODE, "status purpose purpose_text recipient_kind recipient format language sha256")
        | each(DERIVED, "query described columns options left_out ids file_name file_hash"),
        files=("file_hash",),
        heading=N_("Exports that contained the data"),
    ),
    Declared(
        "export_subjects",
        each(DERIVED, "customers persons"),
        about="t.persons && $1 OR t.customers && $2",
        tells=(Tells("export_run", "t.id", "t.export"),),
        heading=N_("Who was in exports"),
    ),
    Declared(
        "duplicate_pair",
        each(CODE, "reasons state") | each(DERIVED, "fingerprint"),
        about="t.one = ANY($2) OR t.other = ANY($2)",
        copy_if="t.one = ANY($2) AND t.other = ANY($2)",  # the other one may be somebody else
        erase=Erase.DELETE,
        heading=N_("Possible duplicates"),
    ),
    Declared(
        "customer_blocks",
        each(DERIVED, "keys fingerprint"),
        about=OF_CUSTOMER,
        erase=Erase.DELETE,
        heading=N_("Search keys"),
    ),
    Declared("duplicate_todo", about="t.customer_id = ANY($2)", copy_if="false", erase=Erase.DELETE),
    Declared("duplicate_search"),
    Declared(
        "customer_merge",
        each(VALUE, "kept"),
        about=(
            "t.survivor = ANY($2) OR t.merged = ANY($2) OR EXISTS (SELECT FROM jsonb_array_elements(t.kept->'persons') p "
            "WHERE (p->>0)::bigint = ANY($1) OR (p->>1)::bigint = ANY($1))"
        ),
        copy_if="t.survivor = ANY($2) AND t.merged = ANY($2)",  # of an organisation it holds the data of others
        erase=Erase.DELETE,
        heading=N_("Records brought together"),
    ),
    Declared(
        "import_run",
        each(CODE, "kind status file_name file_sha256 file_kind tool rule source")
        | each(DERIVED, "samples")
        | each(STAFF, "columns mapping choices about counts problem"),
        erase=Erase.BLANK,
        heading=N_("Imports that brought the data"),
    ),
    Declared(
        "import_part",
        each(DERIVED, "data"),
        about=(
            "t.run IN (SELECT u.id FROM import_run u JOIN import_row w ON w.run = u.id WHERE u.status NOT IN "
            "('received', 'checking', 'running', 'undoing') AND (w.person = ANY($1) OR w.customer = ANY($2)))"
        ),
        copy_if="false",  # the file of an import that was not finished has the data of others as well
        erase=Erase.DELETE,
        heading=N_("Files of imports"),
    ),
    Declared(
        "import_row",
        each(CODE, "outcome reason decision") | each(VALUE, "label parent detail cells"),
        about=f"t.person = ANY($1) OR t.customer = ANY($2) OR {_CELLS}",
        erase=Erase.BLANK,
        tells=(Tells("import_run", "t.id", "t.run"),),
        heading=N_("Rows of imports"),
    ),
    Declared("import_mapping", each(CODE, "kind header_key") | each(NOTE, "mapping"), heading=N_("Imports")),
)
