"""The hub: samples, protocols, methods, training, metrics and score cards."""
