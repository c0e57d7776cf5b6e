"""A company to look at: staff, customers and two years of history, made up and the same for the same day."""
