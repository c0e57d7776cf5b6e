"""Measures over JSON."""
