"""The preference page: what a person has allowed us, to see and to change by a signed link, without log-in."""
