"""Benchmarks: `python -m bench`. Data is generated, peers run in the same run, figures are printed as a table."""
