"""Names of models and providers as logs spell them, and the price entry each leads to."""

from __future__ import annotations

import pytest

from tokenscan.pricing.resolve import find_listing

SONNET_45 = "claude-sonnet-4-5-20250929"
AWS_SONNET = f"aws/regional.anthropic.{SONNET_45}-v1:0"


@pytest.mark.parametrize(
    ("provider", "model", "reference"),
    [
        ("openai", "gpt-4o-2024-08-06", "openai/gpt-4o"),
        (" OpenAI ", " GPT-4o ", "openai/gpt-4o"),
        (None, "gpt-4o", "openai/gpt-4o"),
        ("", "gpt-4o", "openai/gpt-4o"),
        ("acme-gateway", "gpt-4o", "openai/gpt-4o"),
        ("anthropic", SONNET_45, "anthropic/claude-sonnet-4-5"),
        # Azure and its spellings
        ("azure", "gpt-35-turbo", "azure/gpt-3.5-turbo"),
        ("azure_openai", "gpt-4o", "azure/gpt-4o"),
        ("azure.ai.openai", "gpt-4o", "azure/gpt-4o"),
        (None, "azure/gpt-4o", "azure/gpt-4o"),
        # Bedrock: by region, by ARN, by LiteLLM's prefix and route
        ("bedrock", f"us.anthropic.{SONNET_45}-v1:0", AWS_SONNET),
        ("aws.bedrock", f"us.anthropic.{SONNET_45}-v1:0", AWS_SONNET),
        (None, f"us.anthropic.{SONNET_45}-v1:0", AWS_SONNET),
        (None, f"global.anthropic.{SONNET_45}-v1:0", f"aws/global.anthropic.{SONNET_45}-v1:0"),
        (
            None,
            f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.{SONNET_45}-v1:0",
            AWS_SONNET,
        ),
        (None, f"bedrock/us.anthropic.{SONNET_45}-v1:0", AWS_SONNET),
        (None, f"bedrock/converse/us.anthropic.{SONNET_45}-v1:0", AWS_SONNET),
        (None, "eu.amazon.nova-pro-v1:0", "aws/amazon.nova-pro-v1:0"),
        # Google: by resource name, and Anthropic's models there
        ("vertex_ai", "gemini-2.5-pro", "google/gemini-2.5-pro"),
        ("google", "models/gemini-2.5-pro", "google/gemini-2.5-pro"),
        (None, "publishers/google/models/gemini-2.5-pro", "google/gemini-2.5-pro"),
        ("vertex_ai", "claude-sonnet-4-5@20250929", "google/claude-sonnet-4-5"),
        (None, "vertex_ai/gemini-2.5-flash", "google/gemini-2.5-flash"),
        (None, "gemini/gemini-2.5-flash", "google/gemini-2.5-flash"),
        # A provider in front of the model, also behind a proxy or another provider's client
        (None, "anthropic/claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
        ("anthropic", "anthropic/claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
        ("openai", "anthropic/claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
        ("litellm", "anthropic/claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
        (None, "litellm_proxy/anthropic/claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
        ("openrouter", "anthropic/claude-sonnet-4.5", "openrouter/anthropic/claude-sonnet-4.5"),
        (None, "openrouter/anthropic/claude-sonnet-4.5", "openrouter/anthropic/claude-sonnet-4.5"),
        ("xai", "grok-4", "x-ai/grok-4-0709"),
        (None, "groq/llama-3.3-70b-versatile", "groq/llama-3.3-70b-versatile"),
        ("together_ai", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "together/meta-llama/Llama-3.3-70B-Instruct-Turbo"),
    ],
)
def test_names_lead_to_their_entry(provider: str | None, model: str, reference: str) -> None:
    listing = find_listing(provider, model)
    assert listing is not None
    assert listing.reference == reference


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-4o-foo"),
        ("openai", "gpt-99"),
        (None, "my-claude-router"),
        (None, "claude"),
        (None, "default"),
        (None, ""),
        ("anthropic", "<synthetic>"),
        ("anthropic", " <SYNTHETIC> "),
        # Another provider's model, without a word on where it ran
        ("openai", "claude-3-5-sonnet-20241022"),
        # A provider in front of the model that does not list it: no other one is asked
        (None, "openrouter/google/gemini-1.5-flash"),
        (None, "acme/gemini-1.5-flash"),
        # Weights served by anyone, or on one's own machines
        (None, "mistralai/Mistral-7B-Instruct-v0.2"),
        ("ollama", "deepseek-r1"),
        ("vllm", "gpt-4o"),
        (None, "ollama/deepseek-r1"),
        (None, "deepseek-r1:7b"),
        ("acme-gateway", "deepseek-r1:1.5b"),
    ],
)
def test_other_names_lead_nowhere(provider: str | None, model: str) -> None:
    assert find_listing(provider, model) is None


def test_very_long_names_are_not_looked_up() -> None:
    assert find_listing(None, "claude-sonnet-4-5-" + "9" * 1_000_000) is None
    assert find_listing("x" * 1_000_000, "gpt-4o") is not None
