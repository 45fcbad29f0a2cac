"""Read model calls from spans and events of the GenAI conventions, old and new, OpenLLMetry and OpenInference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tokenscan.sources.decoded import mapping, objects
from tokenscan.sources.formats.otel_values import Attributes, Item, attributes, first, get, indexed, moment, plain, word
from tokenscan.sources.formats.tracing_messages import answer_of, as_request, decoded, one_message

DETAILS = "gen_ai.client.inference.operation.details"
# Operations that are no call to a model; agents and workflows repeat the usage of the calls below them.
_NO_CALL = frozenset({"invoke_agent", "create_agent", "invoke_workflow", "execute_tool", "retrieval", "agent", "tool"})
_OF_A_CALL = ("gen_ai.request.model", "gen_ai.response.model", "llm.request.type", "llm.model_name")
_ID = ("gen_ai.response.id", "llm.response.id", "ai.response.id")
_MODEL = ("gen_ai.response.model", "gen_ai.request.model", "llm.response.model", "llm.model_name", "llm.request.model")
_PROVIDER = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system")
_INPUT = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens",
          "llm.token_count.prompt")  # fmt: skip
_OUTPUT = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens",
           "llm.token_count.completion")  # fmt: skip
_TOTAL = ("gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total")
_READ = ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens",
         "gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.cached_input_tokens",
         "llm.token_count.prompt_details.cache_read")  # fmt: skip
_WRITE = ("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens",
          "gen_ai.usage.details.cache_write_tokens", "llm.token_count.prompt_details.cache_write")  # fmt: skip
_REASONING = ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens",
              "gen_ai.usage.details.reasoning_tokens", "llm.token_count.completion_details.reasoning")  # fmt: skip
_COST = ("gen_ai.usage.cost", "gen_ai.usage.total_cost", "operation.cost", "llm.cost.total")
_SESSION = ("gen_ai.conversation.id", "session.id", "conversation.id", "langfuse.session.id",
            *(f"traceloop.association.properties.{name}" for name in ("session_id", "conversation_id", "chat_id",
                                                                     "thread_id")))  # fmt: skip
_USER = ("user.email", "enduser.id", "user.id", "user.name", "langfuse.user.id",
         "traceloop.association.properties.user_email", "traceloop.association.properties.user_id")  # fmt: skip
_TEAM = ("team", "team.name", "team.id", "department", "cost_center")
_ORG = ("organization.name", "organization.id", "org.id")
_TASK = ("task.id", "task_id", "ticket", "ticket.id", "ticket_id", "issue", "issue.id",
         *(f"traceloop.association.properties.{name}" for name in ("task_id", "ticket", "ticket_id", "issue")),
         "vcs.ref.head.name")  # fmt: skip
_TRUNKS = frozenset({"main", "master", "HEAD"})
_STATUS: Mapping[Any, str] = {1: "ok", 2: "error", "STATUS_CODE_OK": "ok", "STATUS_CODE_ERROR": "error",
                              "1": "ok", "2": "error"}  # fmt: skip
_ROLES = {"gen_ai.system.message": "system", "gen_ai.user.message": "user",
          "gen_ai.assistant.message": "assistant", "gen_ai.tool.message": "tool"}  # fmt: skip


def is_call(item: Item) -> bool:
    """Say whether a span is a call to a model: neither an agent, nor a tool, nor a step around it."""
    kind = item.attributes.get("openinference.span.kind")
    if isinstance(kind, str):
        return kind.upper() in ("LLM", "EMBEDDING")
    if "traceloop.span.kind" in item.attributes:
        return False
    operation = item.attributes.get("gen_ai.operation.name")
    if isinstance(operation, str):
        return operation.lower() not in _NO_CALL
    return any(name in item.attributes for name in _OF_A_CALL)


def has_usage(item: Item) -> bool:
    """Say whether an item counts tokens."""
    return first((item.attributes,), (*_INPUT, *_OUTPUT, *_TOTAL)) is not None


def status_of(item: Item) -> str | None:
    """Return ``ok`` or ``error``, None where the status is not set."""
    code = mapping(item.body.get("status")).get("code")
    told = _STATUS.get(code) if isinstance(code, int | str) else None
    return "error" if item.attributes.get("error.type") else told


def who(item: Item) -> dict[str, Any]:
    """Return person, team, session, task and app as attributes of the item or its resource tell them."""
    places = (item.attributes, item.resource)
    task, app = word(places, _TASK), word((item.resource,), ("service.name",))
    return {
        "user": word(places, _USER),
        "team": word(places, _TEAM),
        "org": word(places, _ORG),
        "session_id": word(places, _SESSION),
        "task_id": task if task not in _TRUNKS else None,
        "app": app if app and not app.startswith("unknown_service") else None,
    }


def place_of(item: Item) -> str | None:
    """Return trace and span id as one; a call without the provider's response id is known by it."""
    trace, span = get(item.body, "traceId"), get(item.body, "spanId")
    return f"{trace}:{span}" if isinstance(trace, str) and isinstance(span, str) and trace and span else None


def answer_id(item: Item) -> str | None:
    """Return the provider's id of the answer."""
    return word((item.attributes,), _ID)


def call_of(item: Item) -> dict[str, Any]:
    """Return the fields of a call that a span, or an event with the same attributes, tells of."""
    places = (item.attributes,)
    request, answer, tool = _content(item)
    status = status_of(item)
    return {
        **who(item),
        "about": "call",
        "place": place_of(item),
        "link_id": get(item.body, "traceId") or None,
        "response_id": answer_id(item),
        "timestamp": moment(item.body, "startTimeUnixNano", "timeUnixNano", "observedTimeUnixNano"),
        "ended": moment(item.body, "endTimeUnixNano"),
        "model": word(places, _MODEL),
        "provider": word(places, _PROVIDER),
        "input_tokens": first(places, _INPUT),
        "output_tokens": first(places, _OUTPUT),
        "total_tokens": first(places, _TOTAL),
        "cache_read_tokens": first(places, _READ),
        "cache_write_tokens": first(places, _WRITE),
        "reasoning_tokens": first(places, _REASONING),
        "cost_usd": first(places, _COST),
        "cache_inside_input": True if "openinference.span.kind" in item.attributes else None,
        "status": status or ("ok" if has_usage(item) else None),
        "request": request,
        "response": answer,
        "tool_name": tool,
    }


def said_of(item: Item, event: str) -> Iterator[dict[str, Any]]:
    """Yield what a log event tells of the words of a call whose usage stands on a span."""
    place = place_of(item)
    told = mapping(decoded(plain(item.body.get("body")))) or item.attributes
    if place is None:
        return
    if event == "gen_ai.choice":
        answer, tool = answer_of([mapping(told.get("message")) or told])
        yield {"about": "said", "place": place, "response": answer, "tool_name": tool}
    elif event in _ROLES:
        yield {"about": "said", "place": place, "said": one_message(dict(told), _ROLES[event])}
    elif event == DETAILS:
        request, answer, tool = _content(Item({}, {**item.attributes, **told}, {}))
        yield {"about": "said", "place": place, "request": request, "response": answer, "tool_name": tool}


def event_name(item: Item) -> str:
    """Return the name of a log event, wherever its writer put it."""
    body = item.body.get("body")
    named = (get(item.body, "eventName"), item.attributes.get("event.name"),
             get(mapping(body), "stringValue"))  # fmt: skip
    names = [name for name in named if isinstance(name, str)]
    return next((name for name in names if "." in name), next(iter(names), ""))


def _content(item: Item) -> tuple[str | None, str | None, str | None]:
    """Return the request, the text of the answer and the first tool called: from attributes, else from span events."""
    told = dict(item.attributes)
    sent: list[Any] = []
    answers: list[Any] = []
    for event in objects(item.body.get("events")):
        name, details = event.get("name"), attributes(event.get("attributes"))
        if name in _ROLES:
            sent.append({"role": _ROLES[name], **details})
        elif name == "gen_ai.choice":
            answers.append(decoded(details.get("message")) or details)
        elif name in (DETAILS, "gen_ai.content.prompt", "gen_ai.content.completion"):
            told = {**details, **told}
    request, answer, tool = _told(told)
    if answer is None and tool is None and answers:
        answer, tool = answer_of(answers)
    return request or (as_request(sent) if sent else None), answer, tool


def _told(told: Attributes) -> tuple[str | None, str | None, str | None]:
    instructions = decoded(told.get("gen_ai.system_instructions"))
    sent = (
        told.get("gen_ai.input.messages")
        or indexed(told, "gen_ai.prompt")
        or indexed(told, "llm.input_messages")
        or told.get("gen_ai.prompt")
        or told.get("input.value")
    )
    answered = (
        told.get("gen_ai.output.messages")
        or indexed(told, "gen_ai.completion")
        or indexed(told, "llm.output_messages")
        or told.get("gen_ai.completion")
        or told.get("output.value")
    )
    answer, tool = answer_of(answered)
    return _request(sent, instructions), answer, tool or _first_tool(answered)


def _request(sent: Any, instructions: Any) -> str | None:
    """Return a request; one logged whole, with its messages inside, is understood further on."""
    unpacked = decoded(sent)
    if isinstance(unpacked, dict) and "role" not in unpacked:
        return sent if isinstance(sent, str) else None
    return as_request(unpacked, instructions)


def _first_tool(messages: Any) -> str | None:
    """Return the first tool of flattened messages: ``tool_calls.0.name`` and its relatives."""
    for message in objects(messages):
        for key, value in message.items():
            if "tool_calls.0." in key and key.endswith("name") and isinstance(value, str) and value:
                return value
    return None
