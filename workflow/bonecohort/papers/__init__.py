"""One package a publication: what it printed, and the analysis that reproduces it."""
