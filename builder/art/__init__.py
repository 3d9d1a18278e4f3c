"""Vector shapes that paint invented anime figures: the shapes, colours and poses behind `builder.drawn`."""
