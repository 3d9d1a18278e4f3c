"""Methods that need no training and show what a protocol rewards."""
