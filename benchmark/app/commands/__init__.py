"""Command: ui."""
