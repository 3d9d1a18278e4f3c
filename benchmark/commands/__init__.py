"""Commands: quickstart, train, eval, score, rescore, pairs, colorize, methods, weights, doctor."""
