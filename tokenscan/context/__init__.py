"""What the logs do not say: people, outcomes, calendar."""
