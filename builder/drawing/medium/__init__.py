"""Canvas, curves, colours and locks of hair that all drawings are made of."""
