"""The method interface and its contract, checkpoints, import of other programs' checkpoints."""
