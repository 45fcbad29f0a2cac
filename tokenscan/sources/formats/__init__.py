"""One file (or family of files) for each export format."""
