"""The version of the drawn pictures, which is part of the name of every drawn source."""

VERSION = 1
DIGESTS = {  # version -> SHA-256 of some drawn pictures, rounded so that it is equal on every machine
    1: "f37b0ca3faa308affe8d1142f9d6dc9233dcf591c6a210780c79adec7115b01f",
}
# After a change of the drawn pictures, add a row with the next version (tests/builder/drawing/test_version.py prints
# the digest). Rows of earlier versions stay.
