"""What secrets look like: forms so exact that chance and prose do not make them.

Most forms are those of detect-secrets (Yelp), whose expressions have the last word. Left out of its plugins: high
entropy, for ids, hashes and base64 have it too; words such as "password" beside any value, and the forms of IBM and
SoftLayer, which rest on such words; public IP addresses; identifiers that are no secrets (Twilio); Artifactory
passwords, whose form ordinary capitals fulfil.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

# What may stand around a key; in the middle of a longer run of such characters it is a piece of something else.
_BEFORE: Final = r"(?:^|[^A-Za-z0-9+/_-])"
_AFTER: Final = r"(?:$|[^A-Za-z0-9+=_-])"
# The characters of RFC 3986 that end a name or password in an address.
_UNRESERVED: Final = r"[^\s:/?#\[\]@!$&'()*+,;=]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of secret. ``form`` is an expression for Polars, wider than what counts or exactly that.

    ``plugin`` names the detect-secrets plugin whose expressions (those at ``which``, all if none) must match too;
    without one the form decides. Their ``group`` is the secret. ``check`` has the last word: it sees secret and match.
    """

    name: str
    form: str
    plugin: str = ""
    which: tuple[int, ...] = ()
    group: int = 0
    check: Callable[[str, str], bool] = lambda _secret, _match: True


def _mixed(secret: str, _match: str) -> bool:
    """Tell a key from a hash, such as a commit's."""
    return re.fullmatch(r"[0-9a-f]+|[0-9A-F]+", secret) is None


def _valid_jwt(_secret: str, match: str) -> bool:
    from detect_secrets.plugins.jwt import JwtTokenDetector

    return bool(JwtTokenDetector.is_formally_valid(match))


def _has_body(_secret: str, match: str) -> bool:
    """Tell a key from a sentence about keys: real key material has many different characters."""
    return len(set(match[-40:])) >= 15


_LOCAL_HOST: Final = re.compile(
    r"@(?:localhost|127\.|0\.0\.0\.0|\[::1|host(?:name)?\b|server\b|your|[\w.-]*\bexample\b|[\w.-]*\.(?:test|invalid|local)\b)",
    re.IGNORECASE,
)
_NO_PASSWORD: Final = re.compile(
    r"[%{<$].*|x+|.{1,3}|(?:my|the|some|db|your|a|user)?[-_.]?(?:pass(?:word|wd|phrase)?|pwd|pw|secret|token|key|login)\d{0,4}"
    r"|user(?:name)?|admin|root|postgres|mysql|mongo|redis|guest|test(?:ing)?\d*|foo|bar|baz|hunter2|letmein|qwerty\w*"
    r"|x-oauth-basic|port|\d{1,5}",
    re.IGNORECASE,
)


def _real_login(secret: str, match: str) -> bool:
    user = match.removeprefix("://").partition(":")[0]
    return secret != user and not _NO_PASSWORD.fullmatch(secret) and not _LOCAL_HOST.search(match)


KINDS: Final = (
    Kind(
        name="aws-access-key",
        form=rf"{_BEFORE}(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{{16}}{_AFTER}",
        plugin="aws.AWSKeyDetector",
        which=(0,),
    ),
    Kind(
        name="aws-secret-key",
        form=r"(?i)aws[^\n]{0,20}?(?:key|pwd|pw|password|pass|token)[^\n]{0,20}?['\"][0-9a-z/+]{40}['\"]",
        plugin="aws.AWSKeyDetector",
        which=(1,),
        group=1,
        check=_mixed,
    ),
    # As environment files have it: without quotes.
    Kind(
        name="aws-secret-key",
        form=r"(?i)aws_?secret_?access_?key['\"]?\s{0,3}[=:]\s{0,3}['\"]?[0-9a-z/+]{40}(?:$|[^0-9a-z/+=])",
        check=lambda _secret, match: _mixed(re.findall(r"[0-9A-Za-z/+]{40}", match)[-1], match),
    ),
    Kind(
        name="azure-storage-key",
        form="AccountKey=[a-zA-Z0-9+/=]{88}",
        plugin="azure_storage_key.AzureStorageKeyDetector",
    ),
    Kind(
        name="basic-auth-url",
        form=rf"://{_UNRESERVED}+:{_UNRESERVED}+@[A-Za-z0-9\[][A-Za-z0-9.:-]*",
        plugin="basic_auth.BasicAuthDetector",
        group=1,
        check=_real_login,
    ),
    Kind(
        name="discord-token",
        form=rf"{_BEFORE}[MNO][a-zA-Z\d_-]{{23,25}}\.[a-zA-Z\d_-]{{6}}\.[a-zA-Z\d_-]{{27}}{_AFTER}",
        plugin="discord.DiscordBotTokenDetector",
    ),
    Kind(name="github-token", form="gh[pousr]_[A-Za-z0-9_]{36}", plugin="github_token.GitHubTokenDetector"),
    Kind(name="github-token", form="github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    Kind(
        name="gitlab-token",
        form="gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-[A-Za-z0-9_-]{20,}|GR1348941[A-Za-z0-9_-]{20,}",
        plugin="gitlab_token.GitLabTokenDetector",
    ),
    # Without a signature it proves nothing to anybody.
    Kind(
        name="json-web-token",
        form=r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
        check=_valid_jwt,
    ),
    Kind(
        name="mailchimp-key",
        form=rf"{_BEFORE}[0-9a-f]{{32}}-us[0-9]{{1,2}}{_AFTER}",
        plugin="mailchimp.MailchimpDetector",
    ),
    Kind(name="npm-token", form=r"//\S+/:_authToken=\s{0,3}(?:npm_\S+|[A-Fa-f0-9-]{36})", plugin="npm.NpmDetector"),
    Kind(name="npm-token", form=rf"{_BEFORE}npm_[A-Za-z0-9]{{36}}{_AFTER}"),
    # Newer than the expression of detect-secrets, which wants letters and digits alone around the mark in the middle.
    Kind(name="openai-key", form="sk-[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}"),
    Kind(name="anthropic-key", form=r"sk-ant-[a-z]{3,6}\d{2}-[A-Za-z0-9_-]{80,}"),
    Kind(name="google-api-key", form=rf"{_BEFORE}AIza[0-9A-Za-z_-]{{35}}{_AFTER}"),
    Kind(name="huggingface-token", form=rf"{_BEFORE}hf_[A-Za-z0-9]{{34}}{_AFTER}"),
    Kind(
        name="private-key",
        form=r"(?:BEGIN (?:DSA |EC |OPENSSH |RSA |SSH2 ENCRYPTED )?PRIVATE KEY|BEGIN PGP PRIVATE KEY BLOCK"
        r"|PuTTY-User-Key-File-2)(?s:.{0,400}?)[A-Za-z0-9+/]{40}",
        plugin="private_key.PrivateKeyDetector",
        check=_has_body,
    ),
    Kind(name="pypi-token", form=r"pypi-AgE[A-Za-z0-9_-]{80,}", plugin="pypi_token.PypiTokenDetector"),
    Kind(name="sendgrid-key", form=r"SG\.[a-zA-Z0-9_-]{22}\.[a-zA-Z0-9_-]{43}", plugin="sendgrid.SendGridDetector"),
    Kind(
        name="slack-token",
        form=r"(?i)xox[abposr]-(?:\d+-)+[a-z0-9]{10,}|https://hooks\.slack\.com/services/t\w+/b\w+/\w{10,}",
        plugin="slack.SlackDetector",
    ),
    Kind(name="square-secret", form=r"sq0csp-[0-9A-Za-z\\_-]{43}", plugin="square_oauth.SquareOAuthDetector"),
    Kind(name="stripe-key", form="[rs]k_live_[0-9a-zA-Z]{24}", plugin="stripe.StripeDetector"),
    # Every token of a bot begins with AA, so a hash after a number is none.
    Kind(
        name="telegram-token",
        form=rf"{_BEFORE}\d{{8,10}}:AA[0-9A-Za-z_-]{{33}}{_AFTER}",
        plugin="telegram_token.TelegramBotTokenDetector",
    ),
    Kind(
        name="artifactory-token",
        form=r"(?:^|[\s=:\"'])AKC[a-zA-Z0-9]{57,}",
        plugin="artifactory.ArtifactoryDetector",
        which=(0,),
    ),
)
