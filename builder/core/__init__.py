"""The recipe of a dataset, and worker processes and threads."""
