"""Errors, configuration, files, seeds, progress, devices and run records."""
