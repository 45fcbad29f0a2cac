"""What is usual in each function of the organisation."""

from __future__ import annotations

from dataclasses import dataclass

MODELS = (
    "gpt-5-mini", "gpt-5", "claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-5", "gemini-2.5-flash",
    "gemini-2.5-pro", "gpt-5-nano",
)  # fmt: skip
PROVIDERS = tuple(
    "openai" if m.startswith("gpt") else "google" if m.startswith("gemini") else "anthropic" for m in MODELS
)
BEST_MODEL = "claude-opus-4-5"
# How wordy a model is next to the first: a migration changes everybody's tokens at once.
WORDY = (1.0, 1.25, 0.9, 1.15, 1.3, 0.95, 1.35, 0.8)
APPS = (
    "chat", "helpdesk-sidebar", "mail-addon", "ide-chat", "spreadsheet-addon", "document-addon", "coding-agent", "api",
    "crm-panel",
)  # fmt: skip
AGENT_APP, API_APP = "coding-agent", "api"
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Europe/London", "Asia/Kolkata")
ZONE_WEIGHTS = (0.5, 0.22, 0.1, 0.1, 0.08)
TONGUES = {"German": "german", "Spanish": "spanish", "French": "french", "Polish": "polish", "Japanese": "japanese"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """Medians of one function's ordinary use."""

    weight: float  # share of the people
    prompts: float  # a working day
    material: float  # tokens attached to a conversation
    answer: float  # tokens of an answer
    per_task: float  # prompts a completed task
    used: float  # share of answers acted on, where known
    apps: tuple[str, ...]
    models: tuple[str, ...]
    ticket: str = ""
    teams: str = ""


FUNCTIONS = {
    "support": Function(weight=0.27, prompts=6.5, material=4000, answer=330, per_task=3.6, used=0.46, ticket="SUP",
                        apps=("helpdesk-sidebar", "helpdesk-sidebar", "chat", "mail-addon"),
                        models=("gpt-5-mini", "gpt-5-mini", "claude-haiku-4-5")),
    "engineering": Function(weight=0.25, prompts=7.5, material=7500, answer=520, per_task=4.3, used=0.4, ticket="ENG",
                            apps=("ide-chat", "ide-chat", "chat"),
                            models=("claude-sonnet-4-5", "gpt-5", "claude-sonnet-4-5")),
    "finance": Function(weight=0.12, prompts=5.0, material=6500, answer=400, per_task=4.0, used=0.42,
                        apps=("chat", "spreadsheet-addon", "mail-addon"), models=("gpt-5-mini", "gpt-5")),
    "legal": Function(weight=0.08, prompts=4.5, material=14000, answer=560, per_task=4.1, used=0.43,
                      apps=("chat", "document-addon", "mail-addon"), models=("gpt-5", "claude-sonnet-4-5")),
    "product": Function(weight=0.12, prompts=6.0, material=5500, answer=480, per_task=4.4, used=0.37,
                        apps=("chat", "document-addon", "ide-chat"), models=("gpt-5", "gemini-2.5-pro")),
    "sales": Function(weight=0.16, prompts=5.0, material=4000, answer=420, per_task=3.9, used=0.41,
                      apps=("crm-panel", "chat", "mail-addon"), models=("gpt-5-mini", "gemini-2.5-flash", "gpt-5")),
}  # fmt: skip
