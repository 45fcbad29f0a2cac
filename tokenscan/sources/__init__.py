"""Export formats: one file a format, each turning log files into canonical rows."""
