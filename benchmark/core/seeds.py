"""The seed of each random choice is derived from its purpose, never from order, batch or process."""

import hashlib


def derive_seed(*parts: object) -> int:
    """A 63-bit seed from parts with a stable `str`, e.g. `derive_seed(config.seed, "warp", sample_id)`."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
