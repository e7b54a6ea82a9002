"""Agreement of readers who measured the same sites."""
