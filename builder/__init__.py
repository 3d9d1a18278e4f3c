"""From raw illustrations to a benchmark dataset."""
