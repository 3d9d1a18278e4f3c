"""Scoring saved pictures: the metrics, a file each, the feature extractors, and the scorer that runs them."""
