"""Water, fat and R2* of the echoes of a gradient echo sequence."""
