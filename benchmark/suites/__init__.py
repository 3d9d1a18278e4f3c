"""Suites: the steps of a table in the paper, each an anibench command, their order, state and cost."""
