"""The method interface, its contract, checkpoints and imports of other programs' checkpoints."""
