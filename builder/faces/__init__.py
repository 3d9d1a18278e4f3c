"""Face detectors, crops, quality figures and duplicates."""
