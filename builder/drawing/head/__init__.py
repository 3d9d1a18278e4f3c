"""Face, eyes, hair and accessories of the head."""
