"""Datasets, protocols and their pairs, XDoG lines, the TPS warp and picture decoding."""
