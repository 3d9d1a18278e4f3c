"""A face detector trained on drawn pictures alone: its training, its weights and its use."""
