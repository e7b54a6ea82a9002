"""Statistics as published: the tests, tables and models of Hao et al. 2025."""
