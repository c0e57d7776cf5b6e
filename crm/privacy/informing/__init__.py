"""The duty to inform (GDPR Art. 13, 14): the text, the notices, who waits for one."""
