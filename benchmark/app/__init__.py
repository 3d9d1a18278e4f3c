"""The page of `anibench ui`: a local server, the queue of its pictures, and the page itself."""
