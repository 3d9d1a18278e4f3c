"""Painting and scoring the pairs of a protocol."""
