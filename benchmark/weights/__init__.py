"""Weight files of other projects: the known files, their pinned hashes, fetching."""
