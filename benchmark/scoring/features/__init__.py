"""Networks of metrics: Inception, DINOv2 and CLIP features with their cache, and LPIPS."""
