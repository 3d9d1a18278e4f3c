"""Canvas, curves, colours and locks of hair, from which figures are drawn."""
