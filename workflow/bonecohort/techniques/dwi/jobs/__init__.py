"""The jobs of diffusion: read, call, write."""
