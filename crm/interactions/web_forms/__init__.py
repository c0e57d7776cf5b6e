"""Forms that customers fill in on the company's own website: enquiries and wishes to be called back."""
