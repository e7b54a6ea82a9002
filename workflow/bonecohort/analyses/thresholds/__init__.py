"""What depends on the threshold of a variable."""
