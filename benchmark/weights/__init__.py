"""Weight files of other projects: which files, their pinned hashes, fetching."""
