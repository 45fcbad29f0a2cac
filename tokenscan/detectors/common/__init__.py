"""What detectors share: the tables they see, statistics, what is normal, who is comparable, and what clears."""
