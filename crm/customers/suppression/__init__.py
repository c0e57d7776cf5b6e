"""Who was erased must not come back silently: keyed hashes of addresses and numbers, and what asks for them."""
