"""Work on prompt text: the only part of the program that sees it."""

from __future__ import annotations

from tokenscan.hashing import stable_hash
from tokenscan.prompts.cluster import cluster_prompts
from tokenscan.prompts.features import describe
from tokenscan.prompts.normalise import masked, normalised

__all__ = ["cluster_prompts", "describe", "masked", "normalised", "stable_hash"]
