"""Calendars and business time, public holidays, service levels and the promises that rest on them."""
