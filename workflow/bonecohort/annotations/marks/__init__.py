"""What readers drew: markups, and the formats that they are read from."""
