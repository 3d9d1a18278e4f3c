"""Verification of a dataset and its review page."""
