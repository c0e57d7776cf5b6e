"""Orders of customers: what can be ordered is in products, what came before in quotations."""
