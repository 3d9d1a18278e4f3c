"""Score cards, metrics, statistics and evaluation settings; never imports torch."""
