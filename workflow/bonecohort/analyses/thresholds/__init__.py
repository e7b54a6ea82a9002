"""What hangs on the threshold of a variable."""
