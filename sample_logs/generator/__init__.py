"""Generator of the sample logs: a fictional freight-software company in the first quarter of 2026.

Everything is drawn from seeds named after the person, so the same code always writes the same files.
"""
