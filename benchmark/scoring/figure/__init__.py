"""Metrics of the figure and its parts, by part labels (`benchmark.data.parts`), and of its eyes, by landmarks."""
