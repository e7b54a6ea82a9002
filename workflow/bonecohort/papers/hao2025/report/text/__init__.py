"""The sentences of Hao et al. 2025: results, methods, conclusions, answers to STROBE."""
