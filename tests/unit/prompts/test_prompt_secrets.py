"""Kinds of secrets are found by their forms, placeholders are not, and nothing asks anybody whether a key works.

Every secret here is put together from a seeded generator and opens nothing.
"""

from __future__ import annotations

import base64
import importlib
import json
import random
import re
import string

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tokenscan.events.schema import TEXTS
from tokenscan.prompts.features import describe
from tokenscan.prompts.imprint import imprint
from tokenscan.prompts.index import PromptIndex
from tokenscan.prompts.secret_kinds import KINDS, Kind
from tokenscan.prompts.secrets import MOST_MATCHES, secret_kinds, without_secrets

RANDOM = random.Random(20260105)
ALNUM = string.ascii_letters + string.digits


def some(count: int, letters: str = ALNUM) -> str:
    return "".join(RANDOM.choice(letters) for _ in range(count))


def part(content: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def key(header: str) -> str:
    return f"-----{header}-----\n{some(64)}\n{some(64)}\n-----END-----"


UPPER = string.ascii_uppercase + string.digits
HEX = "0123456789abcdef"
REAL = [
    ("aws-access-key", f"AWS_ACCESS_KEY_ID=AKIA{some(16, UPPER)} ok"),
    ("aws-access-key", f"X-Amz-Credential=ASIA{some(16, UPPER)}/20260105/eu-west-1"),
    ("aws-secret-key", f"aws_secret_access_key = '{some(40, ALNUM + '/+')}'"),
    ("aws-secret-key", f"export AWS_SECRET_ACCESS_KEY={some(40)}\nnext line"),
    ("azure-storage-key", f"AccountName=a;AccountKey={some(86)}==;EndpointSuffix=core"),
    ("basic-auth-url", f"postgres://billing:{some(14)}@db7.corp.net:5432/billing"),
    ("discord-token", f"token M{some(23)}.{some(6)}.{some(27)} used"),
    ("github-token", f"ghp_{some(36)}"),
    ("github-token", f"github_pat_{some(22)}_{some(59)}"),
    ("gitlab-token", f"glpat-{some(20)} in CI"),
    ("gitlab-token", f"GR1348941{some(20)}"),
    ("json-web-token", f"Bearer {part({'alg': 'HS256'})}.{part({'sub': 'u-7', 'scope': 'orders'})}.{some(43)}"),
    ("mailchimp-key", f"key {some(32, HEX)}-us12"),
    ("npm-token", f"//registry.npmjs.org/:_authToken=npm_{some(36)}"),
    ("npm-token", f"NPM_TOKEN: npm_{some(36)}"),
    ("openai-key", f"sk-{some(20)}T3BlbkFJ{some(20)}"),
    ("openai-key", f"sk-proj-{some(40)}-_{some(20)}T3BlbkFJ{some(40)}_{some(30)}"),
    ("anthropic-key", f"sk-ant-api03-{some(95)}"),
    ("google-api-key", f"key=AIza{some(35)}&q=1"),
    ("huggingface-token", f"hf_{some(34)}"),
    ("private-key", key("BEGIN RSA PRIVATE KEY")),
    ("private-key", key("BEGIN OPENSSH PRIVATE KEY")),
    ("private-key", key("BEGIN PRIVATE KEY").replace("\n", "\\n")),
    ("private-key", f"PuTTY-User-Key-File-2: ssh-rsa\nPublic-Lines: 6\n{some(64)}"),
    ("pypi-token", f"pypi-AgEIcHlwaS5vcmc{some(80)}"),
    ("sendgrid-key", f"SG.{some(22)}.{some(43)}"),
    ("slack-token", f"xoxb-{some(12, '2468')}-{some(12, '13579')}-{some(24)}"),
    ("slack-token", f"https://hooks.slack.com/services/T{some(9, UPPER)}/B{some(9, UPPER)}/{some(24)}"),
    ("square-secret", f"sq0csp-{some(43)}"),
    ("stripe-key", f"sk_live_{some(24)}"),
    ("telegram-token", f"bot 712345689:AA{some(33)} started"),
    ("artifactory-token", f"X-JFrog-Art-Api: AKC{some(70)}"),
]
HARMLESS = {
    "documented aws key": "AKIAIOSFODNN7EXAMPLE",
    "documented aws secret": "aws_secret_access_key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'",
    "documented azure key": f"AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq{some(20)}==",
    "documented telegram token": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    "commit": "revert 3f786850e387550fdab836ed7e6dc881de23001b",
    "commit called a key": "aws key '3f786850e387550fdab836ed7e6dc881de23001b'",
    "uuid": "order 123e4567-e89b-12d3-a456-426614174000",
    "checksum": f"sha256:{some(64, HEX)} and {some(32, HEX)}",
    "image": "data:image/png;base64," + base64.b64encode(RANDOM.randbytes(200_000)).decode(),
    "card": "4111 1111 1111 1111",
    "placeholder key": "sk-your-key-here",
    "crossed out": "ghp_" + "x" * 36,
    "one letter": "ghp_" + "a" * 36,
    "user and password": "https://user:password@db.corp.net",
    "same as user": "postgres://orders:orders@db.corp.net",
    "own machine": f"postgres://app:{some(12)}@localhost:5432/app",
    "example host": f"https://app:{some(12)}@api.example.com/x",
    "variable": "https://oauth2:${TOKEN}@git.corp.net/app",
    "port": "http://proxy:8080@host",
    "git remote": "ssh://git@github.com:22/team/app.git and https://example.com:8080/@scope/name",
    "talk of keys": "it begins with -----BEGIN RSA PRIVATE KEY----- holds lines of base64, not for others to see",
    "shortened key": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg...\n-----END PRIVATE KEY-----",
    "unsigned token": f"{part({'alg': 'none'})}.{part({'sub': 'u-7'})}.",
    "no json": f"eyJ{some(20)}.eyJ{some(20)}.{some(40)}",
    "identifier": f"AC{some(32, HEX)}",
    "password in words": "my password is correct horse battery staple",
}


@pytest.mark.parametrize(("kind", "text"), REAL, ids=[f"{kind}-{n}" for n, (kind, _) in enumerate(REAL)])
def test_every_kind_is_found(kind: str, text: str) -> None:
    assert secret_kinds(pl.Series([text, f"Why does this fail? {text}"])).to_list() == [kind, kind]


def test_every_kind_is_tried() -> None:
    assert {kind.name for kind in KINDS} == {kind for kind, _ in REAL}


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_what_is_no_secret_is_not_found(text: str) -> None:
    assert secret_kinds(pl.Series([text])).to_list() == [""]


def test_kinds_are_named_once_and_in_order() -> None:
    both = " ".join(text for _, text in REAL[:9])
    assert secret_kinds(pl.Series([both, None, "no", ""])).to_list() == [
        "aws-access-key,aws-secret-key,azure-storage-key,basic-auth-url,discord-token,github-token", None, "", "",
    ]  # fmt: skip


def test_a_secret_behind_many_placeholders_is_found() -> None:
    filler = "".join(f"ghp_{'x' * 35}{n % 10} " for n in range(MOST_MATCHES - 1))
    assert secret_kinds(pl.Series([filler + REAL[7][1]])).to_list() == ["github-token"]


# Where the form is meant to be narrower than the plugin (see ``secret_kinds``), examples above stand for it.
SAME = ["aws-access-key", "aws-secret-key", "azure-storage-key", "discord-token", "github-token", "gitlab-token",
        "pypi-token", "sendgrid-key", "square-secret", "stripe-key"]  # fmt: skip
PLUGINS = [kind for kind in KINDS if kind.plugin and kind.name in SAME]


def expressions(kind: Kind) -> list[re.Pattern[str]]:
    module, _, name = kind.plugin.partition(".")
    every = list(getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name).denylist)
    return [every[place] for place in kind.which] or every


@pytest.mark.parametrize("kind", PLUGINS, ids=[kind.name for kind in PLUGINS])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_a_plugin_matches_passes_the_form(kind: Kind, data: st.DataObject) -> None:
    expression = data.draw(st.sampled_from(expressions(kind)))
    text = data.draw(st.from_regex(expression, fullmatch=True, alphabet=st.characters(codec="ascii")))
    assert pl.Series([f"see {text} ."]).str.contains(kind.form).item(), text


def test_nothing_goes_over_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a request was made")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr(requests.Session, "request", refuse)
    for module in {kind.plugin.partition(".")[0] for kind in KINDS if kind.plugin}:
        for thing in vars(importlib.import_module(f"detect_secrets.plugins.{module}")).values():
            if hasattr(thing, "verify"):
                monkeypatch.setattr(thing, "verify", refuse)
                monkeypatch.setattr(thing, "__init__", refuse)
    assert "" not in secret_kinds(pl.Series([text for _, text in REAL])).to_list()


def test_the_secret_itself_is_not_kept() -> None:
    texts = [text for _, text in REAL]
    known = pl.DataFrame({"prompt_id": PromptIndex().add(pl.Series(texts)), "text": texts}, schema=TEXTS)
    held = imprint(known)
    assert held["secrets"].is_in([kind.name for kind in KINDS]).all()
    written = "".join(held.select(pl.col(pl.String)).unpivot()["value"].drop_nulls())
    assert not any(piece in written for text in texts for piece in re.findall(r"[A-Za-z0-9]{16,}", text))
    assert describe(known).sort("prompt_id")["secrets"].equals(held.sort("prompt_id")["secrets"])


def test_text_to_be_shown_has_no_secret_left() -> None:
    shown = without_secrets(pl.Series([f"see {text} here" for _, text in REAL] + [None, "no secret"]))
    assert shown.to_list()[-2:] == [None, "no secret"]
    assert set(secret_kinds(shown)) == {"", None}
    assert shown.head(len(REAL)).str.contains("(secret)", literal=True).all()


@pytest.mark.parametrize(
    "unit",
    ["AKIA", "://a:b", "eyJabcdefghijk.", "//x/:_authToken=", "xoxb-1-", "BEGIN RSA PRIVATE KEY ", "aws",
     f"{'0' * 32}-us1 ", "sk-", "\x00", "\U0001f511"],
)  # fmt: skip
def test_a_very_long_field_is_read_like_any_other(unit: str) -> None:
    assert secret_kinds(pl.Series([unit * (300_000 // len(unit))])).to_list() == [""]
