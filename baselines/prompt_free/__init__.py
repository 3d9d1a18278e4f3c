"""Prompt-Free Diffusion (arXiv 2305.16223), inference only."""
