"""Figures per day, kept while data arrive: which days changed, sweeping them, reading what was swept and what was not."""
