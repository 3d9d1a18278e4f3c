"""The sections of a report: comparisons, tables, figures, grids, text."""
