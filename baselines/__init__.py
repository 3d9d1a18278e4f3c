"""The methods AnimeDiffusion is compared with, and the floors that need no training."""
