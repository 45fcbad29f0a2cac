from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tokenscan.errors import UsageError
from tokenscan.ruleset.load import RuleSet, load_rules, shipped_folder
from tokenscan.ruleset.model import Family, Rule

Load = Callable[..., RuleSet]
Write = Callable[..., Path]

MISTAKES = tomllib.loads((Path(__file__).parent / "mistakes.toml").read_text(encoding="utf-8"))["mistake"]


def test_a_rule_says_what_its_file_and_folder_say(rule: Rule) -> None:
    assert (rule.id, rule.family, rule.version, rule.severity.value, rule.weight) == (
        "personal-spike",
        Family.VOLUME,
        1,
        "medium",
        0.45,
    )
    assert list(rule.params) == ["ratio", "min_days", "ignore_apps"]
    assert [test.name for test in rule.tests] == [
        "fires on one day at twelve times the median",
        "silent on an even fortnight",
        "does not judge a person seen twice",
    ]


def test_the_shipped_rules_lie_beside_the_package_in_a_source_tree() -> None:
    assert shipped_folder() == Path(__file__).resolve().parents[3] / "rules"


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake["problem"] for mistake in MISTAKES])
def test_what_is_wrong_is_named_with_file_and_key(
    example_text: str, write: Write, load: Load, mistake: dict[str, str]
) -> None:
    assert mistake["old"] in example_text
    path = write(example_text.replace(mistake["old"], mistake["new"], 1))
    with pytest.raises(UsageError) as caught:
        load(path)
    assert f"{path}: {mistake['problem']}" in str(caught.value).splitlines()


def test_all_problems_of_all_files_are_told_at_once(example_text: str, write: Write, load: Load) -> None:
    broken = example_text.replace("version = 1", 'version = "one"').replace("tags =", "tag =")
    first = write(broken)
    second = write("schema = ", name="other", family="content")
    with pytest.raises(UsageError) as caught:
        load(first.parents[1])
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"{second}: is not valid TOML")
    assert lines[1:] == [
        f"{first}: tag: unknown key; did you mean 'tags'?",
        f"{first}: version: expected `int`, got `str`",
    ]


def test_an_id_used_twice_names_both_files(example_text: str, write: Write, load: Load) -> None:
    first, second = write(example_text, root="a"), write(example_text, root="b")
    with pytest.raises(UsageError, match=re.escape(f"{second}: id: 'personal-spike' is already the id of {first}")):
        load(first, second)


def test_a_file_named_twice_is_read_once(example_text: str, write: Write, load: Load) -> None:
    path = write(example_text)
    assert len(load(path, path.parent, path.parents[1]).rules) == 1


def test_a_rule_outside_a_family_folder_is_refused(example_text: str, write: Write, load: Load) -> None:
    path = write(example_text, family="volumes")
    with pytest.raises(UsageError, match=r"must lie in a folder named after its family .* did you mean 'volume'\?"):
        load(path)


def test_a_family_folder_may_be_named_from_within(
    example_text: str, write: Write, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(example_text)
    monkeypatch.chdir(path.parent)
    assert load(Path("personal-spike.toml")).get("personal-spike").family is Family.VOLUME


def test_missing_and_empty_places_are_errors(tmp_path: Path, load: Load) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path / "nowhere", tmp_path)
    assert str(caught.value).splitlines() == [
        f"{tmp_path / 'nowhere'}: no such file or folder",
        f"{tmp_path}: holds no rule files (*.toml)",
    ]


def test_in_a_wheel_the_rules_lie_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tokenscan" / "_rules").mkdir(parents=True)
    monkeypatch.setattr("tokenscan.ruleset.load.__file__", str(tmp_path / "tokenscan" / "ruleset" / "load.py"))
    assert shipped_folder() == tmp_path / "tokenscan" / "_rules"


def test_a_flood_of_problems_is_cut_short(write: Write, load: Load) -> None:
    path = write("\n".join(f"key{number} = 1" for number in range(500)))
    with pytest.raises(UsageError) as caught:
        load(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 101
    assert lines[-1].endswith("more problems")


def test_keys_are_shown_without_what_a_terminal_would_act_on(example_text: str, write: Write, load: Load) -> None:
    with pytest.raises(UsageError) as caught:
        load(write('"\\u001b[31m" = 1\n' + example_text))
    assert "\x1b" not in str(caught.value)
    assert r"'\x1b[31m': unknown key" in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00",
        b"a = " + b"[" * 20_000,
        b".".join([b"a"] * 20_000) + b" = 1",
        b"a = 1" + b"0" * 10_000,
        b"x = '" + b"y" * (1 << 18) + b"'",
        b"id = 1\nparams = 3\ntests = [1, {streams = {}}]\nfingerprint = {}\nmessage = []",
        b"",
    ],
    ids=["not utf-8", "nested arrays", "nested tables", "huge number", "huge file", "wrong shapes", "empty"],
)
def test_hostile_files_are_usage_errors(content: bytes, write: Write, load: Load) -> None:
    path = write("")
    path.write_bytes(content)
    with pytest.raises(UsageError, match="personal-spike"):
        load(path)


@pytest.mark.parametrize("kind", ["base", "no-such-thing"])
def test_a_module_that_is_no_detector_is_no_kind(example_text: str, write: Write, kind: str) -> None:
    path = write(example_text.replace('kind = "personal-spike"', f'kind = "{kind}"'))
    with pytest.raises(UsageError, match="kind: no built-in detector of that name"):
        load_rules([path], shipped=False)


def test_the_digest_follows_content_and_nothing_else(example_text: str, write: Write, load: Load) -> None:
    digest = load(write(example_text)).digest
    assert re.fullmatch(r"b2:[0-9a-f]{32}", digest)
    same = example_text.replace("schema = 1\n", "# a comment\nschema = 1\n").replace("weight = 0.45", "weight = 0.450")
    assert load(write(same, root="elsewhere")).digest == digest
    assert load(write(example_text.replace("weight = 0.45", "weight = 0.46"))).digest != digest


@pytest.fixture
def three(example_text: str, write: Write, load: Load) -> RuleSet:
    def variant(rule_id: str, tags: str, status: str) -> str:
        text = example_text.replace('id = "personal-spike"', f'id = "{rule_id}"', 1)
        return text.replace('tags = ["volume"]', f"tags = {tags}").replace('"stable"', f'"{status}"')

    write(variant("personal-spike", "['volume', 'days']", "stable"))
    write(variant("copied-prompt", "['text']", "stable"), name="copied-prompt", family="content")
    path = write(variant("copied-idea", "[]", "experimental"), name="copied-idea", family="content")
    return load(path.parents[1])


@pytest.mark.parametrize(
    ("select", "ignore", "ids"),
    [
        ([], [], ["copied-idea", "copied-prompt", "personal-spike"]),
        (["personal-spike"], [], ["personal-spike"]),
        (["text"], [], ["copied-prompt"]),
        (["content"], [], ["copied-idea", "copied-prompt"]),
        (["stable"], [], ["copied-prompt", "personal-spike"]),
        (["copied-*", "days"], [], ["copied-idea", "copied-prompt", "personal-spike"]),
        ([], ["copied-*"], ["personal-spike"]),
        (["content"], ["experimental"], ["copied-prompt"]),
        (["integrity"], [], []),
    ],
)
def test_rules_are_chosen_by_id_tag_family_status_or_glob(
    three: RuleSet, select: list[str], ignore: list[str], ids: list[str]
) -> None:
    assert [rule.id for rule in three.select(select, ignore).rules] == ids


def test_a_word_that_names_no_rule_is_an_error(three: RuleSet) -> None:
    with pytest.raises(UsageError, match=r"select: no rule, tag, family or status 'copied-promt'; did you mean"):
        three.select(["copied-promt"])
    with pytest.raises(UsageError, match=r"ignore: no rule"):
        three.select([], ["zzz-*"])
    with pytest.raises(UsageError, match=r"no rule 'personal-pike'; did you mean 'personal-spike'\?"):
        three.get("personal-pike")
