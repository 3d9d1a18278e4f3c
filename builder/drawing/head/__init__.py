"""Face, eyes, hair and what is worn on the head."""
