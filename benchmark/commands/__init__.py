"""The hub's commands: train, eval, score, methods, weights, colorize, doctor."""
