"""Suites: the steps of a table in the paper, their order, state and cost."""
