"""Quotations: asked for, sent, decided."""
