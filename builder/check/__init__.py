"""Verification and review of a dataset."""
