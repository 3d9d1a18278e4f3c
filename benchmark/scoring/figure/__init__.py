"""Metrics of the figure: its parts, by part labels, and its eyes, by landmarks."""
