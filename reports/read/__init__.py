"""Run folders read into facts, and the paper's claims."""
