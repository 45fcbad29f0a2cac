"""Find the price listing of a model that a log names.

Matching is that of genai-prices. This file only decides which of its providers to ask, from names that
are spelt in known ways: a name that nobody lists stays without a price.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo

MAX_NAME = 256

# Claude Code writes this where it put an error text of its own; no model was called.
NOT_MODELS = frozenset({"", "<synthetic>"})

# Names that gateways and OpenTelemetry give to providers, where genai-prices has no rule for them or has one
# that leads to another provider.
ALIASES = {
    "az.ai.inference": "azure",
    "az.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "azure_ai": "azure",
    "azure_openai": "azure",
    "azure-openai": "azure",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "fireworks_ai": "fireworks",
    "gcp.gen_ai": "google",
    "gemini": "google",
    "github_copilot": "github-copilot",
    "together_ai": "together",
    "vertex_ai": "google",
    "voyage": "voyageai",
    "x_ai": "x-ai",
    "xai": "x-ai",
}

# Weights run on one's own machines: the vendor's price for the same weights is not what they cost.
# fmt: off
SELF_HOSTED = frozenset({
    "hosted_vllm", "lemonade", "llama.cpp", "llamacpp", "llamafile", "lm_studio", "lmstudio", "local",
    "localai", "localhost", "mlx", "ollama", "ollama_chat", "oobabooga", "self-hosted", "self_hosted",
    "sglang", "tgi", "triton", "vllm", "xinference",
})
# fmt: on
_LOCAL_TAG = re.compile(r":\d+(?:\.\d+)?b\b")  # deepseek-r1:7b, a name of Ollama's

_PROXIES = ("litellm_proxy/", "litellm/")
_BEDROCK_ROUTES = ("converse/", "invoke/")
_BEDROCK_NAME = re.compile(
    r"arn:aws[a-z-]*:bedrock:"
    r"|(?:(?:us|us-gov|eu|apac|au|jp|in|ca|sa|me|af|global)\.)?"
    r"(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|moonshotai|nvidia|openai|qwen"
    r"|writer|zai)\.[a-z]"
)
# Vendors whose own names have a slash. Elsewhere it sets off a name that somebody chose.
_OWN_SLASH = ("accounts/fireworks/", "@cf/")
_GOOGLE_RESOURCE = re.compile(r"(?:(?:projects/.+/)?publishers/[^/]+/)?models/([^/]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Hold a model's entry in the price list and under which names its provider may have a discount."""

    provider_id: str
    model: ModelInfo
    discount_names: tuple[str, ...]

    @property
    def reference(self) -> str:
        """Name the entry, as provider/model."""
        return f"{self.provider_id}/{self.model.id}"


def find_listing(provider: str | None, model: str) -> Listing | None:
    """Find the entry for a model as a log names it and its provider, None where nobody lists it.

    The log's provider is asked first. Where there is none, or one that genai-prices does not know, a
    provider in front of the model's name is (``bedrock/...``), then the model's name alone decides.
    """
    from genai_prices.data_snapshot import get_snapshot

    snapshot = get_snapshot()
    logged = (provider or "").strip().lower()[:MAX_NAME]
    name = _without_prefix(model.strip().lower(), _PROXIES)
    if name in NOT_MODELS or len(name) > MAX_NAME:
        return None
    known = _provider_id(snapshot, logged)
    if known is None and _is_self_hosted(logged, name):
        return None
    for provider_id, reference in _candidates(snapshot, known, name):
        try:
            found, info = snapshot.find_provider_model(reference, None, provider_id, None)
        except LookupError:
            continue
        # A provider in front of the model's name has replaced the log's, and with it that one's discount.
        names = (logged, found.id) if logged and known in (None, found.id) else (found.id,)
        return Listing(provider_id=found.id, model=info, discount_names=names)
    return None


def _candidates(snapshot: DataSnapshot, known: str | None, name: str) -> Iterator[tuple[str | None, str]]:
    if known is not None:
        yield known, name
    if resource := _GOOGLE_RESOURCE.fullmatch(name):
        yield known or "google", resource[1]
    prefix, slash, rest = name.partition("/")
    if slash and (prefix_id := _prefix_id(snapshot, prefix)) is not None:
        yield prefix_id, _without_prefix(rest, _BEDROCK_ROUTES) if prefix_id == "aws" else rest
    elif known is None and _BEDROCK_NAME.match(name):
        yield "aws", name
    elif known is None and (not slash or name.startswith(_OWN_SLASH)):
        yield None, name


def _provider_id(snapshot: DataSnapshot, logged: str) -> str | None:
    from genai_prices.data_snapshot import find_provider_by_id

    if not logged or logged in SELF_HOSTED:
        return None
    provider = find_provider_by_id(snapshot.providers, ALIASES.get(logged, logged))
    return None if provider is None else provider.id


def _prefix_id(snapshot: DataSnapshot, prefix: str) -> str | None:
    # Exact names only: "mistralai/..." and "meta-llama/..." are names of weights, which anyone may serve.
    provider_id = ALIASES.get(prefix, prefix)
    return provider_id if any(provider.id == provider_id for provider in snapshot.providers) else None


def _is_self_hosted(logged: str, name: str) -> bool:
    return logged in SELF_HOSTED or name.partition("/")[0] in SELF_HOSTED or bool(_LOCAL_TAG.search(name))


def _without_prefix(text: str, prefixes: tuple[str, ...]) -> str:
    return next((text.removeprefix(prefix) for prefix in prefixes if text.startswith(prefix)), text)
