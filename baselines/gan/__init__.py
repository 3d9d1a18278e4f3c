"""What the three GAN baselines share: trunk, critics, losses, the alternating loop and the way to a colorizer."""
