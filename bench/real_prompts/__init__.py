"""Near-duplicate clusters on real text against an exact reference: `python -m bench.real_prompts DATA_DIR`."""
