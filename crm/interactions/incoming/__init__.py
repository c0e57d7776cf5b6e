"""E-mails of customers that come in: kept raw first, then put into their enquiry, or made into one."""
