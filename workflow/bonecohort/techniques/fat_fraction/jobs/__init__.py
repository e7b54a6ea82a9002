"""The jobs of the fat fraction: read, call, write."""
