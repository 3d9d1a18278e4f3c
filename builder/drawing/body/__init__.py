"""Neck, arms, hands and clothes."""
