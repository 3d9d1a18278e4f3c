"""The build: staging, selection, split, and writing the dataset."""
