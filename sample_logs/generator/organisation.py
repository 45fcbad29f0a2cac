"""The fictional company Lindqvale: who works there, where, and what part each person plays in the sample."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from zlib import crc32

DOMAIN = "lindqvale.example"
ZONES = {"europe": "Europe/Berlin", "us": "America/New_York", "asia": "Asia/Tokyo"}
SUPPORT_TEAMS = ("support-emea", "support-us", "support-dach", "support-apac")
FUNCTIONS = {
    **dict.fromkeys(SUPPORT_TEAMS, "support"),
    "platform": "engineering",
    "product": "engineering",
    "finance": "finance",
    "legal-people": "legal",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One employee and the habit (see ``roles.py``) that the sample gives them."""

    name: str
    team: str
    site: str
    role: str = "plain"
    start: date = date(2024, 1, 8)
    fte: float = 1.0
    language: str = ""

    @property
    def user(self) -> str:
        """Return the e-mail address."""
        return f"{self._ascii.replace(' ', '.')}@{DOMAIN}"

    @property
    def login(self) -> str:
        """Return the name on the person's own machine, which is all that agent sessions know."""
        first, last = self._ascii.split(" ", 1)
        return first[0] + last

    @property
    def key_owner(self) -> str:
        """Return the id under which the API gateway knows the person."""
        return f"u-{20000 + crc32(self.user.encode()) % 70000}"

    @property
    def function(self) -> str:
        """Return the function of the person's team."""
        return FUNCTIONS[self.team]

    @property
    def _ascii(self) -> str:
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode()
        return plain.lower()


def _staff(team: str, site: str, *rows: tuple[str, str] | tuple[str, str, str]) -> tuple[Person, ...]:
    people = []
    for name, role, *extra in rows:
        language = extra[0] if extra else ""
        people.append(Person(name=name, team=team, site=site, role=role, language=language))
    return tuple(people)


PEOPLE: tuple[Person, ...] = (
    *_staff(
        "support-emea",
        "europe",
        ("Inês Carvalho", "copy_ring", "spanish"),
        ("Owen Tidwell", "plain"),
        ("Luca Ferrante", "duplicate_list"),
        ("Sadia Rahman", "plain"),
    ),
    Person(name="Marta Wiśniewska", team="support-emea", site="europe", role="part_timer", fte=0.6),
    *_staff(
        "support-us",
        "us",
        ("Dana Whitlock", "productive"),
        ("Marcus Obi", "copy_ring"),
        ("Kyle Brandvold", "prompts_per_task"),
        ("Elena Ruiz", "plain", "spanish"),
    ),
    Person(name="Priya Natarajan", team="support-us", site="us", role="new_joiner", start=date(2026, 2, 16)),
    *_staff(
        "support-dach",
        "europe",
        ("Jonas Reuter", "copy_ring", "german"),
        ("Katrin Vogel", "regenerator", "german"),
        ("Felix Amstutz", "retrying_client", "german"),
        ("Miriam Oser", "plain", "german"),
        ("Anke Thielen", "plain", "german"),
    ),
    *_staff(
        "support-apac",
        "asia",
        ("Haruto Kinjo", "team_leaderboard", "japanese"),
        ("Mei Tanabe", "team_leaderboard", "japanese"),
        ("Arjun Pillai", "team_leaderboard"),
        ("Siti Rahayu", "team_leaderboard"),
        ("Daniel Cho", "team_leaderboard", "japanese"),
    ),
    *_staff(
        "platform",
        "europe",
        ("Tomas Brandt", "agentic_coder"),
        ("Wei Lindgren", "agentic_coder"),
        ("Nadia Okafor", "on_call"),
        ("Pavel Sedlák", "copy_ring"),
        ("Ivo Petkov", "plain"),
        ("Leila Haddad", "plain"),
    ),
    *_staff("platform", "us", ("Grace Munroe", "plain")),
    *_staff(
        "product",
        "europe",
        ("Sofia Almeida", "agentic_coder"),
        ("Carla Benedetti", "plain"),
        ("Tariq Mansour", "plain"),
    ),
    *_staff("product", "us", ("Ben Ashcroft", "copy_ring")),
    *_staff("product", "asia", ("Yuki Morita", "plain", "japanese")),
    *_staff(
        "finance",
        "europe",
        ("Hannah Feld", "batch_analyst", "german"),
        ("Olga Marin", "copy_ring"),
        ("Samuel Adeyemi", "plain"),
    ),
    *_staff("finance", "us", ("Rick Delaney", "scripted_loop"), ("Julie Tremblay", "plain")),
    *_staff(
        "legal-people",
        "europe",
        ("Clara Nyberg", "long_documents"),
        ("Amara Diallo", "copy_ring"),
        ("Piet Verhoeven", "plain"),
        ("Noemi Kast", "burster", "german"),
    ),
    *_staff("legal-people", "us", ("Victor Halloran", "review_spiker")),
)

DECLARED_SERVICES = ("ci-nightly", "svc-doc-index")
UNDECLARED_SERVICE = "svc-report-digest"
