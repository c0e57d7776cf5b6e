"""Those who answer enquiries: what each can do, may decide and when, and who stands in."""
