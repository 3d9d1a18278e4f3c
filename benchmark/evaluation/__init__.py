"""Painting and scoring the pairs of a protocol; colorizing drawings outside a dataset."""
