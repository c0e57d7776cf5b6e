"""The embedded PostgreSQL and Valkey: where their data live, who runs them, how they start, stop and are found."""
