"""T2 of vertebral marrow, from echoes of a spin echo or from a map."""
