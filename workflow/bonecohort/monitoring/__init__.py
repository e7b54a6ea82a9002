"""What people see of a run: its plan, its progress, and what is done and left."""
