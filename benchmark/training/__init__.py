"""The training loop's plumbing: session, phase, state, records, batches, estimates."""
