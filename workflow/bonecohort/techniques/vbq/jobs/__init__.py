"""The jobs of bone quality scores: read, call, write."""
