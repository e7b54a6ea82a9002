"""Effect sizes and shares with their intervals."""
