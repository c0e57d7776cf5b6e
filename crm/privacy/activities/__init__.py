"""The record of processing activities (GDPR Art. 30), made from what the program is set up to do."""
