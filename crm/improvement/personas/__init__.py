"""Personas: typical customers on one page each."""
