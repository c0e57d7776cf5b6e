"""What only the company itself knows for its papers on data protection: the officer, recipients, measures, how long the log is kept."""
