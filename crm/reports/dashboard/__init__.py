"""The report's figures as they are now, for any stretch of days, with the list behind each of them."""
