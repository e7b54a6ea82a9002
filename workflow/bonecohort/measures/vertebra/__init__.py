"""The vertebral body: where it lies in a label, its surface and its axes."""
