"""The techniques: each a folder that declares what it needs, does, measures and shows."""
