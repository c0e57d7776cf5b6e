"""Retention (GDPR Art. 5 (1) (e)): what goes when, by which rule; forecast, preview, the nightly run and its report."""
