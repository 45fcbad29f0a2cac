"""What is still recognised after someone has tried to hide a repeated prompt: `python -m bench.evasion`."""
