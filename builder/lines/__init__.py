"""Line pairs, the XDoG fit and line extraction."""
