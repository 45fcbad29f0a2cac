"""What usage costs, what it could cost, and what it brings: money beside the findings."""
