"""From illustrations to a benchmark dataset."""
