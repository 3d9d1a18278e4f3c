"""Metrics between two sets of pictures, one file each, and their scorer."""
