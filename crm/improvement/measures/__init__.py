"""Measures: planned improvements, their tasks, and the four-week programme."""
