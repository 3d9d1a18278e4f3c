"""The build pipeline: staging, selection, split, publishing."""
