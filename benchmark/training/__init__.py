"""Shared parts of all training loops: session, steps, state, records, batches and cost estimates."""
