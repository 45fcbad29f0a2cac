"""A folder of Parquet files by day that grows: what was read once need not be read again."""
