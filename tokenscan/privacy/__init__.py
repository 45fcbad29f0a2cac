"""Keep people out of reports: pseudonyms under a key, reports by team, groups too small to show."""
