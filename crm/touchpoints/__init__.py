"""The places where customers meet the company, the phases they lie in, and what customers say about them."""
