"""What has routes of the set-up assistant: its pages and its API, and what both propose from the measured journey."""
