"""What the monthly reports know about people: nothing, they are figures."""

from crm.personal import CODE, Declared, each

PERSONAL = (Declared("report_run", each(CODE, "scope language status figures pdf_hash error")),)
