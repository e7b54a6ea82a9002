"""The printed tables, each a ``TableModel`` built from the statistics."""
