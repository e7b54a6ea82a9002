"""The jobs of bone strength: read, call, write."""
