"""Enquiries: who answers them, by when, and why."""
