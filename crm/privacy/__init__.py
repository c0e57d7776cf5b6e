"""Data protection: requests of data subjects and what the law asks of whoever keeps their data."""
