"""Sources of pictures: folders, Danbooru mirrors, tar shards, finished datasets, drawings."""
