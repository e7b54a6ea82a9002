"""The jobs: each reads, calls, writes."""
