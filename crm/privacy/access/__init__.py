"""Access and portability (GDPR Art. 15, 20): everything about a person as one readable PDF and one archive."""
