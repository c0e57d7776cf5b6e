"""The customer journey map from measured data: of a stretch of days, of all customers or a saved view, beside another stretch."""
