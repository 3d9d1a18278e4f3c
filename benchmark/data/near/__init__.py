"""Near duplicates of pictures, found by small sketches."""
