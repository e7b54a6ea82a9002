"""The jobs of T2: read, call, write."""
