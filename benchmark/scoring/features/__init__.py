"""Feature extractors for metrics of sets: Inception, DINOv2 and CLIP, and their cache."""
