from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.calls_factory import at, call, context, prepared
from tokenscan.context.model import Context

Rows = list[dict[str, Any]]
TYPED = (
    "why does the invoice total differ from the order",
    "draft a reply to the customer about the late parcel",
    "summarise the meeting notes of the platform team",
    "how do I read a parquet file in chunks",
    "write a haiku about the release on Friday",
    "explain what this regular expression is meant to match",
)
LOOP = "describe the colour of the sky in seven words"


def office(user: str, days: int, calls: int, prompts: tuple[str, ...] = TYPED, **changes: Any) -> Rows:
    """Calls about every 40 minutes from nine on, every day, as uneven as people are."""
    nine = at("2026-01-05 09:00")
    return [
        call(
            user,
            nine + timedelta(days=day, minutes=40 * n + 11 * (n * n + day) % 31),
            prompt=prompts[n % len(prompts)],
            **changes,
        )
        for day in range(days)
        for n in range(calls)
    ]


def loop(user: str, days: int, minutes: int, prompt: str | None = LOOP, start: str = "2026-01-05") -> Rows:
    """One prompt every few minutes around the clock."""
    count = days * 24 * 60 // minutes
    return [call(user, at(start) + timedelta(minutes=minutes * n), prompt=prompt) for n in range(count)]


def accounts(rows: Rows, given: Context | None = None) -> dict[str, str]:
    return dict(prepared(rows, given).tables.accounts.iter_rows())


@pytest.mark.parametrize(
    "name",
    ["svc-billing", "SVC_billing", "bot.release", "ci@corp.com", "ci-runner", "dependabot[bot]", "deploy-bot",
     "release.bot@corp.com", "cron-nightly", "automation-7", "build_ci", "robot@corp.com", "bot"],
)  # fmt: skip
def test_service_names_are_known(name: str) -> None:
    assert accounts(office(name, 1, 1)) == {name: "named as a service"}


@pytest.mark.parametrize(
    "name",
    ["ann", "cindy@corp.com", "ciara.bott@corp.com", "botond@corp.com", "roberta-service-desk@corp.com", "mario.cidade",
     "abbot", "social@corp.com", "francis", "botha.j@corp.com"],
)  # fmt: skip
def test_names_of_people_are_no_service_names(name: str) -> None:
    assert accounts(office(name, 1, 1)) == {}


def test_a_declared_service_is_one_under_any_of_its_names() -> None:
    given = context([{"user": "billing", "kind": "service", "aliases": ["key-4711"]}, {"user": "ann"}])
    rows = office("key-4711", 1, 2) + office("ann", 1, 2)
    assert accounts(rows, given) == {"billing": "declared as a service"}


def test_a_declared_service_without_calls_is_not_listed() -> None:
    assert accounts(office("ann", 1, 2), context([{"user": "billing", "kind": "service"}])) == {}


def test_a_declaration_goes_before_everything_else() -> None:
    given = context([{"user": "svc-billing", "kind": "service"}])
    assert accounts(loop("svc-billing", 6, 10), given) == {"svc-billing": "declared as a service"}


def test_somebody_the_people_file_calls_human_may_have_an_odd_name() -> None:
    given = context([{"user": "jan.bot@corp.com"}, {"user": "li.ci@corp.com", "aliases": ["ci@corp.com"]}])
    rows = office("jan.bot@corp.com", 30, 8) + office("ci@corp.com", 30, 8)
    assert accounts(rows, given) == {}


def test_an_odd_name_excuses_no_machine_rhythm() -> None:
    found = accounts(loop("jan.bot@corp.com", 6, 10), context([{"user": "jan.bot@corp.com"}]))
    assert found == {"jan.bot@corp.com": "sends hardly anything but a few fixed templates"}


def test_a_few_fixed_templates_and_nothing_else_is_a_program() -> None:
    templates = (
        "extract the supplier of invoice 1",
        "extract the supplier of invoice 22",
        "translate the title to French please",
        "classify the sentiment of this review",
    )
    rows = office("etl", 30, 8, templates)
    assert accounts(rows) == {"etl": "sends hardly anything but a few fixed templates"}


def test_a_person_who_runs_a_loop_stays_a_person() -> None:
    assert accounts(loop("mallory", 10, 10) + office("mallory", 10, 6)) == {}


def test_a_loop_with_a_rare_human_day_is_a_program() -> None:
    # 11 days, three other prompts on one of them: 1/11 of the days is below a tenth.
    assert accounts(loop("etl", 11, 10) + office("etl", 1, 3)) != {}
    # On two days of eleven: a person.
    assert accounts(loop("etl", 11, 10) + office("etl", 2, 3)) == {}


def test_two_other_prompts_make_no_human_day() -> None:
    assert accounts(loop("etl", 10, 10) + office("etl", 10, 2)) != {}


def test_varied_prompts_at_every_hour_are_no_persons() -> None:
    rows = [call("gateway", at("2026-01-05") + timedelta(minutes=20 * n), prompt=TYPED[n % 6]) for n in range(6 * 72)]
    assert accounts(rows) == {"gateway": "active around the clock"}


def test_without_text_the_hours_decide() -> None:
    rows = loop("gateway", 6, 20, prompt=None) + office("ann", 40, 8, (None,))  # type: ignore[arg-type]
    assert accounts(rows) == {"gateway": "active around the clock"}


def test_a_long_working_day_is_not_around_the_clock() -> None:
    rows = [
        call("ann", at(f"2026-01-{day:02} {hour:02}:{7 * (hour * hour + day) % 60:02}"))
        for day in range(5, 25)
        for hour in range(6, 24)
    ]
    assert accounts(rows) == {}


def test_the_hours_of_somebody_who_travels_are_no_machines() -> None:
    # 240 days of five hours each, an hour later every day: every hour of the day alike, and a rest after each.
    rows = [
        call(
            "ann",
            at("2025-01-06") + timedelta(days=day, hours=day % 24, minutes=53 * n + 7 * (n + day) % 11),
            prompt=TYPED[(n + day) % 6],
        )
        for day in range(240)
        for n in range(5)
    ]
    assert accounts(rows) == {}


def test_four_days_around_the_clock_may_be_an_incident() -> None:
    assert accounts(loop("ann", 4, 20, prompt=None)) == {}


def test_few_calls_say_nothing() -> None:
    assert accounts(office("ann", 25, 8, (LOOP,))) == {}  # 200 calls, one template
    assert accounts([*office("ann", 25, 8, (LOOP,)), call("ann", "2026-02-02 09:00", prompt=LOOP)]) != {}


def test_failed_calls_say_nothing() -> None:
    assert accounts(office("ann", 40, 8, (LOOP,), status="error")) == {}


def sampling(user: str, gap: int, **changes: Any) -> Rows:
    """Twenty evenings, each with one question sent twelve times."""
    evening = at("2026-01-05 18:00")
    return [
        call(
            user,
            evening + timedelta(days=day, seconds=gap * n),
            prompt=f"question {day} of the suite: which of these {'abcdefghijklmnopqrst'[day]} answers is right",
            **changes,
        )
        for day in range(20)
        for n in range(12)
    ]


def test_an_account_that_only_samples_is_a_program() -> None:
    assert accounts(sampling("eval", 3)) == {"eval": "sends the same prompts many times over within seconds"}


def test_asking_again_at_a_human_pace_is_a_person() -> None:
    assert accounts(sampling("ann", 40)) == {}


def test_a_person_who_samples_now_and_then_stays_a_person() -> None:
    assert accounts(sampling("ann", 3) + office("ann", 20, 6)) == {}


def test_the_steps_of_an_agent_behind_a_gateway_are_no_samples() -> None:
    steps = sampling("ann", 3)
    for n, row in enumerate(steps):
        row |= {"input_tokens": 20_000 + 900 * (n % 12), "cache_read_tokens": 18_000 if n % 12 else 0}
    assert accounts(steps) == {}
