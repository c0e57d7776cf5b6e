"""Mailings: newsletters, invitations and thank-yous to the customers of a saved view, small and honest."""
