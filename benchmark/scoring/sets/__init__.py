"""Metrics between two sets of pictures, one file each, and the scorer that applies them to features."""
