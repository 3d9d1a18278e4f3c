"""Commands: build-dataset, verify-dataset, review, export-recipe, fit-xdog, extract-lines."""
