"""GitHub, Jira and ServiceNow in memory, as far as the ticket recipes use them; each refuses what the real one refuses.

``python tests/recipes/fake_trackers.py`` serves them until it is interrupted, to try the recipes by hand.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SECRET = "s3cret"
_BASIC = "Basic " + base64.b64encode(f"tokenscan:{SECRET}".encode()).decode()
Answer = tuple[int, Any]
Query = dict[str, str]


class RefusedError(Exception):
    """The service says no: a status and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def must(holds: object, status: int, why: str) -> None:
    if not holds:
        raise RefusedError(status, why)


@dataclass
class GitHub:
    """docs.github.com/en/rest/issues: list by label, create, update, comments."""

    issues: list[dict[str, Any]] = field(default_factory=list)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    def answer(self, method: str, path: str, query: Query, body: Any) -> Answer:
        number = re.fullmatch(r"/repos/acme/usage/issues(?:/(\d+)(/comments)?)?", path)
        must(number, 404, "Not Found")
        assert number
        if number[1] is None:
            return (200, self._listed(query)) if method == "GET" else (201, self._made(body))
        key = int(number[1])
        must(0 < key <= len(self.issues), 404, "Not Found")
        if number[2]:
            said = self.comments.setdefault(key, [])
            if method == "GET":
                return 200, _page(said, query)
            must(isinstance(body["body"], str) and 0 < len(body["body"]) <= 65_536, 422, "body is too long")
            said.append({"id": len(said) + 1, "body": body["body"]})
            return 201, said[-1]
        must(method == "PATCH", 404, "Not Found")
        must(set(body) <= {"state", "state_reason"}, 422, "unknown field")
        self.issues[key - 1].update(body)
        return 200, self.issues[key - 1]

    def _listed(self, query: Query) -> list[dict[str, Any]]:
        wanted = [
            one
            for one in reversed(self.issues)
            if query["labels"] in {label["name"] for label in one["labels"]}
            and query.get("state", "open") in (one["state"], "all")
        ]
        return _page(wanted, query)

    def _made(self, body: Any) -> dict[str, Any]:
        must(isinstance(body["title"], str) and 0 < len(body["title"]) <= 256, 422, "title is too long")
        must(isinstance(body["body"], str) and len(body["body"]) <= 65_536, 422, "body is too long")
        labels = [{"name": name} for name in body["labels"]]
        self.issues.append({**body, "labels": labels, "number": len(self.issues) + 1, "state": "open"})
        return self.issues[-1]


def _page(rows: list[dict[str, Any]], query: Query) -> list[dict[str, Any]]:
    size, page = min(int(query.get("per_page", 30)), 100), int(query.get("page", 1))
    return rows[size * (page - 1) : size * page]


@dataclass
class Jira:
    """developer.atlassian.com, REST API 2: search by label, create, comments, transitions of a workflow."""

    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    workflow: dict[str, list[tuple[str, str]]] = field(
        default_factory=lambda: {
            "new": [("11", "indeterminate"), ("31", "done")],
            "indeterminate": [("31", "done")],
            "done": [("41", "indeterminate")],
        }
    )

    def answer(self, method: str, path: str, query: Query, body: Any) -> Answer:
        if path in {"/rest/api/2/search", "/rest/api/2/search/jql"}:
            return 200, {"issues": self._searched(body)}
        if path == "/rest/api/2/issue":
            return 201, self._made(body["fields"])
        at = re.fullmatch(r"/rest/api/2/issue/([A-Z]+-\d+)/(comment|transitions)", path)
        must(at and at[1] in self.issues, 404, "Issue does not exist or you do not have permission to see it.")
        assert at
        key = at[1]
        if at[2] == "comment":
            said = self.comments.setdefault(key, [])
            if method == "GET":
                return 200, {"comments": list(reversed(said))[: int(query["maxResults"])], "total": len(said)}
            said.append({"id": str(len(said)), "body": body["body"]})
            return 201, said[-1]
        ways = dict(self.workflow[self._category(key)])
        if method == "GET":
            told = [{"id": way, "to": {"statusCategory": {"key": to}}} for way, to in ways.items()]
            return 200, {"transitions": told}
        must(body["transition"]["id"] in ways, 400, "It seems that you have tried to perform an illegal operation")
        self.issues[key]["status"]["statusCategory"]["key"] = ways[body["transition"]["id"]]
        return 204, None

    def _category(self, key: str) -> str:
        return str(self.issues[key]["status"]["statusCategory"]["key"])

    def _searched(self, body: Any) -> list[dict[str, Any]]:
        asked = re.fullmatch(r'project = "(\w+)" AND labels = "([^"]+)" ORDER BY created DESC', body["jql"])
        must(asked, 400, "Error in the JQL Query")
        assert asked
        found = [
            {"key": key, "fields": {"status": one["status"]}}
            for key, one in reversed(self.issues.items())
            if asked[2] in one["labels"] and one["project"]["key"] == asked[1]
        ]
        return found[: body["maxResults"]]

    def _made(self, fields: Any) -> dict[str, Any]:
        must("\n" not in fields["summary"], 400, "The summary is invalid because it contains newline characters.")
        must(0 < len(fields["summary"]) <= 255, 400, "Summary can't exceed 255 characters.")
        must(len(fields["description"]) <= 32_767, 400, "The entered text is too long.")
        must(not any(" " in label for label in fields["labels"]), 400, "The label can't contain spaces.")
        must(fields["issuetype"]["name"] in {"Task", "Bug"}, 400, "Specify a valid issue type")
        key = f"{fields['project']['key']}-{len(self.issues) + 1}"
        self.issues[key] = {**fields, "status": {"statusCategory": {"key": "new"}}}
        return {"key": key}


@dataclass
class ServiceNow:
    """docs.servicenow.com, Table API: incidents by correlation_id, their work notes in the journal."""

    incidents: list[dict[str, str]] = field(default_factory=list)
    journal: list[dict[str, str]] = field(default_factory=list)

    def answer(self, method: str, path: str, query: Query, body: Any) -> Answer:
        at = re.fullmatch(r"/api/now/table/(incident|sys_journal_field)(?:/(\w+))?", path)
        must(at, 404, "No Record found")
        assert at
        if method == "GET":
            rows = self.incidents if at[1] == "incident" else self.journal
            return 200, {"result": self._found(rows, query)}
        if method == "POST":
            number = len(self.incidents) + 1
            self.incidents.append({"sys_id": f"{number:032x}", "number": f"INC{number:07}", "state": "1"})
            return 201, {"result": self._written(self.incidents[-1], body)}
        row = next((one for one in self.incidents if one["sys_id"] == at[2]), None)
        must(row is not None, 404, "No Record found")
        assert row is not None
        return 200, {"result": self._written(row, body)}

    def _found(self, rows: list[dict[str, str]], query: Query) -> list[dict[str, str]]:
        conditions = query["sysparm_query"].split("^")
        rows = list(reversed(rows)) if conditions[-1] == "ORDERBYDESCsys_created_on" else list(rows)
        for condition in conditions:
            if "LIKE" in condition:
                name, _, value = condition.partition("LIKE")
                rows = [row for row in rows if value in row[name]]
            elif "=" in condition:
                name, _, value = condition.partition("=")
                rows = [row for row in rows if row.get(name) == value]
        fields = query["sysparm_fields"].split(",")
        return [{name: row[name] for name in fields} for row in rows[: int(query["sysparm_limit"])]]

    def _written(self, row: dict[str, str], body: dict[str, str]) -> dict[str, str]:
        must(all(isinstance(value, str) for value in body.values()), 400, "Exception while reading request")
        must(len(body.get("short_description", "")) <= 160, 400, "short_description would be cut")
        must(row["state"] not in {"7", "8"}, 403, "Operation against file 'incident' was aborted by Business Rule")
        done = body.get("state") == "6" and not (body.get("close_code") and body.get("close_notes"))
        must(not done, 403, "Data Policy Exception: The following fields are mandatory: Resolution code")
        if note := body.get("work_notes"):
            entry = {"sys_id": f"{len(self.journal):x}", "element_id": row["sys_id"], "element": "work_notes"}
            self.journal.append({**entry, "value": note})
        row.update({name: value for name, value in body.items() if name != "work_notes"})
        return row


@dataclass
class Trackers:
    """All three behind one port. ``calls`` holds method and path of each request that was carried out.

    ``refusals`` are the statuses that the next requests are answered with; 0: this one is carried out.
    """

    url: str = ""
    github: GitHub = field(default_factory=GitHub)
    jira: Jira = field(default_factory=Jira)
    servicenow: ServiceNow = field(default_factory=ServiceNow)
    calls: list[tuple[str, str]] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)

    def answer(self, method: str, target: str, authorization: str, content: bytes) -> Answer:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        service, allowed = self._service(parts.path)
        try:
            must(authorization in allowed, 401, "Bad credentials")
            refusal = self.refusals.pop(0) if self.refusals else 0
            must(not refusal, refusal, "try again later")
            status, told = service(method, parts.path, query, json.loads(content) if content else None)
        except RefusedError as error:
            return error.status, {"message": str(error)}
        self.calls.append((method, parts.path))
        return status, told

    def _service(self, path: str) -> tuple[Callable[[str, str, Query, Any], Answer], set[str]]:
        if path.startswith("/repos/"):
            return self.github.answer, {f"Bearer {SECRET}"}
        if path.startswith("/rest/"):
            return self.jira.answer, {f"Bearer {SECRET}", _BASIC}
        return self.servicenow.answer, {_BASIC}

    def writes(self) -> int:
        """Return how many tickets and comments were made or changed."""
        return sum(method != "GET" and "/search" not in path for method, path in self.calls)


@contextmanager
def serving(port: int = 0) -> Iterator[Trackers]:
    """Serve empty trackers on this machine only."""
    trackers = Trackers()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, told = trackers.answer(self.command, self.path, self.headers.get("Authorization", ""), content)
            body = b"" if told is None else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = _any  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    trackers.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield trackers
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    with serving(8791) as served:
        print(f"GitHub, Jira and ServiceNow at {served.url}, the secret is {SECRET}", flush=True)  # noqa: T201
        threading.Event().wait()
