"""Score cards, the metrics they hold, statistics and evaluation settings; imports no torch."""
