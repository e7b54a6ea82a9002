"""The figures, each drawn from a table, and the style that they share."""
