"""Label maps of vertebrae: what they are, and the formats that they are read from."""
