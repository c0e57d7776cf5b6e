"""What one department or one product heard from customers: on a page, in a list with the worst first, and on paper to hand over."""
