"""Staff rate touchpoints in rounds; beside it what customers say, and what follows from both."""
