"""What people are told of a run: its plan, its progress, and what is done and left."""
