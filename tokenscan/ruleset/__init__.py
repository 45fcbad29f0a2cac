"""Rule files: what they say, whether they hold together, and the tests inside them."""
