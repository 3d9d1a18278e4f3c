"""A face detector that learnt from drawn pictures alone: its training, its weights and its use."""
