"""The version of the drawn pictures, which is part of the name of every drawn source."""

VERSION = 1
DIGESTS = {  # version -> SHA-256 of some drawn pictures, rounded so that it is equal on every machine
    1: "f37b0ca3faa308affe8d1142f9d6dc9233dcf591c6a210780c79adec7115b01f",
}
CROP_DIGESTS = {  # the same of crops of crowds
    1: "a524463b62de17628a9d8876488061e4ae4258cdbb48fa6e3ca3c8b21e986abe",
}
# After a change of the drawn pictures, add rows with the next version (tests/builder/drawing/test_version.py prints the
# digest). Rows of earlier versions stay.
