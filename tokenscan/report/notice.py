"""What every report says of itself."""

NOTICE = "Findings are evidence, not verdicts, and must not be the only ground for a decision about a person."
