"""The baselines of AnimeDiffusion, and the floors."""
