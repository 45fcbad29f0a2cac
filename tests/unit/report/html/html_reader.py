"""Read the pages that tests look at: tags with their attributes, tables as text, and what a reader sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "br", "wbr", "img", "input", "hr", "col", "rect", "line", "path"})


@dataclass(slots=True)
class Tag:
    name: str
    attributes: dict[str, str | None]
    children: list[Tag | str] = field(default_factory=list)

    def all(self, name: str = "") -> list[Tag]:
        found = [self] if not name or self.name == name else []
        for child in self.children:
            found += child.all(name) if isinstance(child, Tag) else []
        return found

    def text(self) -> str:
        parts = [child if isinstance(child, str) else child.text() for child in self.children]
        return " ".join("".join(parts).split())

    def by_id(self, name: str) -> Tag:
        (found,) = [tag for tag in self.all() if tag.attributes.get("id") == name]
        return found

    def rows(self) -> list[list[str]]:
        """The cells of each row of the tables inside."""
        return [
            [cell.text() for cell in row.children if isinstance(cell, Tag)]
            for table in self.all("table")
            for row in table.all("tr")
        ]

    def pairs(self) -> dict[str, str]:
        return {
            group.all("dt")[0].text(): group.all("dd")[0].text()
            for listed in self.all("dl")
            for group in listed.children
            if isinstance(group, Tag)
        }


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Tag("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Tag(tag, dict(attrs))
        assert len(made.attributes) == len(attrs), f"an attribute twice on {tag}"
        self.open[-1].children.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Tag(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(document: str) -> Tag:
    """Return the document as a tree; a tag closed in the wrong order fails."""
    builder = _Builder()
    builder.feed(document)
    builder.close()
    assert len(builder.open) == 1, "tags left open"
    return builder.root
