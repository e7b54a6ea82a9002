"""The tables of Hao et al. 2025 that are about Hounsfield units and endplate defects."""
