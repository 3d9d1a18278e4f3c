"""Painting and scoring the pairs of a protocol; colorizing the user's drawings."""
