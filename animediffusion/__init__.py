"""AnimeDiffusion (Cao et al., TVCG 2024): network, diffusion and the two training phases."""
