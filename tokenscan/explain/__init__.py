"""One finding in full: what was found, how it was computed, what it cost, what would change it."""
