"""The methods that AnimeDiffusion is compared with, and the floors."""
