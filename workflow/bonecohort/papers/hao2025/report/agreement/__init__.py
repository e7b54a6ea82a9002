"""Agreement of readers as the paper told it: sentences, tables, figure, methods."""
