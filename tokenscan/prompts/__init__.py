"""Work on prompt text: the only part of the program that sees it."""

from __future__ import annotations

from tokenscan.hashing import stable_hash
from tokenscan.prompts.features import describe
from tokenscan.prompts.index import PromptIndex, cluster_prompts
from tokenscan.prompts.masks import masked
from tokenscan.prompts.normalise import normalised

__all__ = ["PromptIndex", "cluster_prompts", "describe", "masked", "normalised", "stable_hash"]
