"""What the other packages share: samples, protocols, methods, training, metrics and score cards."""
