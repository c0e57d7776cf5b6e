"""The requests desk (Datenschutzanfragen, GDPR Art. 12 to 22)."""
