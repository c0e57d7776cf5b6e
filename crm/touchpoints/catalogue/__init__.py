"""Keeping the catalogue: touchpoints and phases are added, changed, put in order, retired and taken into use again."""
