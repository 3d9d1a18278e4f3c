"""Metrics of the figure and its parts, for datasets with part labels (`benchmark.data.parts`)."""
