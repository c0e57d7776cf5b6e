"""Letters to customers by e-mail, out of their history: writing, templates, signature, preview, and what became of them."""
