"""What spend will be under stated assumptions, every line with its formula."""
