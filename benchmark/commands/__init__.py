"""Commands: quickstart, run, train, eval, score, rescore, pairs, colorize, methods, weights, doctor."""
