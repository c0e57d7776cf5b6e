"""The record of processing is about the company."""

from crm.personal import CODE, Declared, each

PERSONAL = (Declared("processing_record", each(CODE, "language digest pdf_hash")),)
