"""The report: a frozen value, and pure functions that turn it into text."""
