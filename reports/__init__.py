"""From run folders to a report one can read."""
