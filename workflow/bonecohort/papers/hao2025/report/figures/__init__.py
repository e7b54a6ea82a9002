"""The figures of Hao et al. 2025."""
