"""Search for copies of references and training pictures in an output."""
