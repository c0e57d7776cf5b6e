"""Approved answers to standard questions: kept, matched, published, and given automatically (level 0)."""
