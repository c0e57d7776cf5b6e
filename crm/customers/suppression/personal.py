"""Keyed hashes of people who were erased: nobody can read them, and they are what is left on purpose."""

from crm.personal import CODE, SECRET, Declared, each

PERSONAL = (Declared("suppression_entry", each(CODE, "kind") | each(SECRET, "key")),)
