"""What is shown: the terminal's tables and the JSON of CONTRACT."""
