"""The log of access: who opened which record, searched for what, exported and changed (GDPR Art. 5 (2), 32)."""
