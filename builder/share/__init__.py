"""Export of a dataset's recipe, and rebuilding from it."""
