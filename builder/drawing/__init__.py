"""Drawn illustrations and a drawn Danbooru mirror."""
