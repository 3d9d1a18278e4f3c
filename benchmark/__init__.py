"""The hub: what a sample, a method, a protocol and a score are."""
