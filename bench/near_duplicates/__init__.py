"""Near-duplicate prompts: labelled data, a score, and the same job done by us and by other libraries.

`python -m bench.near_duplicates` generates the data, runs every pipeline in a process of its own and prints tables.
"""
