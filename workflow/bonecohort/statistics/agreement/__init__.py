"""Agreement of readers."""
