"""The metrics, one file each, and the scorer that applies them to saved pictures."""
