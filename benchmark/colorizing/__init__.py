"""Colorizing the user's own drawings: kinds of input, faces, references, layers and sequences."""
