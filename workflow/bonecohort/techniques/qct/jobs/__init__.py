"""The jobs of calibrated CT: read, call, write."""
