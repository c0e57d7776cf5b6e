"""Intended journeys: what a segment of customers shall experience, step by step, and the assistant that asks for it."""
