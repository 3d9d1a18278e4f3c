"""Datasets, protocols and their pairs, XDoG lines, the warp of references, picture decoding."""
