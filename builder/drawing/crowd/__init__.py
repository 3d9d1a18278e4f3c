"""Pictures with and without faces for training a face detector, with their truth."""
