<<<<<<< HEAD
"""Seeds: each random choice's seed is derived from its purpose, not from order, batch or process."""
=======
"""The seed of each random choice is derived from its purpose, never from order, batch or process."""
>>>>>>> b2a3b0c (Say in plain terms what commands, weights, protocols and evaluations do)

import hashlib


def derive_seed(*parts: object) -> int:
    """A 63-bit seed from parts with a stable `str`, e.g. `derive_seed(config.seed, "warp", sample_id)`."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
