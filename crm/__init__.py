"""Nahbar, an approachable CRM: customers, contact history, competence routing, promises, consent."""
