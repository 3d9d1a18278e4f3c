"""What every training loop iterates over: session, steps, state, records, batches, estimates."""
