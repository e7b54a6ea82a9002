"""What measurements of several techniques share: their rows, and the vertebral body."""
