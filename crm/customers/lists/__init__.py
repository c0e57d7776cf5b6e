"""Lists of customers: what is found and in which order, filters, columns, saved views, the portfolio."""
