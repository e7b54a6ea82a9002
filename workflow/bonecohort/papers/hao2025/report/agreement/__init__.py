"""Agreement of readers as the paper described it: sentences, tables, figure, methods."""
