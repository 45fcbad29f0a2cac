"""Work on prompt text: the only part of the program that sees it."""

from __future__ import annotations

from tokenscan.hashing import stable_hash
from tokenscan.prompts.contain import contained
from tokenscan.prompts.features import describe
from tokenscan.prompts.index import PromptIndex, cluster_prompts
from tokenscan.prompts.masks import masked
from tokenscan.prompts.normalise import normalised
from tokenscan.prompts.templates.mine import mine_templates
from tokenscan.prompts.templates.slots import describe_template

__all__ = [
    "PromptIndex",
    "cluster_prompts",
    "contained",
    "describe",
    "describe_template",
    "masked",
    "mine_templates",
    "normalised",
    "stable_hash",
]
