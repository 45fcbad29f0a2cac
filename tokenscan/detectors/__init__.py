"""Detectors: pure functions from tables to candidate findings. One file each; no I/O, no clock, no row loops."""
