"""What an enquiry is connected with: orders, products, other enquiries."""
