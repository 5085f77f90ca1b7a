"""Markdown, as far as these pages use it: fenced blocks, headings, links, tables."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]

_FENCE = re.compile(r"^ *```(\w*)$")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[[^]]*]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Block:
    """A fenced block: what it holds, and where it opens."""

    language: str
    text: str
    line: int


@dataclass(frozen=True)
class Table:
    """A table: a row is a dict of its cells by the names of the columns."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Page:
    """One file, named by its path from the checkout."""

    name: str
    text: str

    def __str__(self) -> str:
        return self.name

    @property
    def folder(self) -> Path:
        """Where its relative links start."""
        return (CHECKOUT / self.name).parent

    @cached_property
    def _parts(self) -> tuple[str, tuple[Block, ...]]:
        """The text outside the blocks, with a blank line for each line of a block; and the blocks."""
        prose: list[str] = []
        blocks: list[Block] = []
        opened: Block | None = None
        held: list[str] = []
        for number, line in enumerate(self.text.splitlines(), start=1):
            fence = _FENCE.match(line)
            if opened is None and fence is None:
                prose.append(line)
                continue
            prose.append("")
            if opened is None:
                assert fence is not None
                opened, held = Block(fence[1], "", number), []
            elif fence is None:
                held.append(line)
            else:
                indent = min((len(one) - len(one.lstrip()) for one in held if one.strip()), default=0)
                text = "\n".join(one[indent:] for one in held)
                blocks.append(Block(opened.language, text, opened.line))
                opened = None
        assert opened is None, f"{self.name}:{opened}: a block without an end"
        return "\n".join(prose), tuple(blocks)

    @property
    def prose(self) -> str:
        """The text outside of blocks."""
        return self._parts[0]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The fenced blocks, in their order."""
        return self._parts[1]

    def blocks_of(self, language: str) -> list[Block]:
        """The blocks of one language, in their order."""
        return [block for block in self.blocks if block.language == language]

    @property
    def links(self) -> list[str]:
        """The targets of all links."""
        return _LINK.findall(_CODE.sub("", self.prose))

    @property
    def anchors(self) -> set[str]:
        """What a link may name after `#`."""
        slugs: list[str] = []
        for _, heading in _HEADING.findall(self.prose):
            slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            again = sum(1 for one in slugs if one == slug)
            slugs += [slug] if again == 0 else [slug, f"{slug}-{again}"]
        return set(slugs)

    @property
    def code_spans(self) -> list[str]:
        """What stands between backticks."""
        return _CODE.findall(self.prose)

    def section(self, heading: str) -> "Page":
        """The part below a heading, up to the next one of the same or a higher level."""
        lines = self.prose.splitlines()
        depth, start = next(
            (len(line) - len(line.lstrip("#")), number)
            for number, line in enumerate(lines)
            if line.lstrip("#") == f" {heading}"
        )
        ends = (n for n in range(start + 1, len(lines)) if re.match(rf"#{{1,{depth}}} ", lines[n]))
        return Page(f"{self.name}#{heading}", "\n".join(lines[start + 1 : next(ends, len(lines))]))

    @property
    def headings(self) -> list[str]:
        """The headings of the second level."""
        return [text for level, text in _HEADING.findall(self.prose) if level == "##"]

    @property
    def tables(self) -> list[Table]:
        """The tables, in their order."""
        return list(_tables(self.prose.splitlines()))

    def table(self, *columns: str) -> Table:
        """The one table that has these columns."""
        found = [table for table in self.tables if table.columns == columns]
        assert len(found) == 1, f"{self.name}: {len(found)} tables with the columns {columns}"
        return found[0]


def _tables(lines: Sequence[str]) -> Iterator[Table]:
    rows: list[tuple[str, ...]] = []
    for line in [*lines, ""]:
        if line.startswith("|"):
            rows.append(tuple(cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]))
        elif rows:
            columns, _, *body = rows
            yield Table(columns, tuple(dict(zip(columns, row, strict=True)) for row in body))
            rows = []


def code(cell: str) -> str:
    """The one code span of a cell."""
    (span,) = _CODE.findall(cell)
    return str(span)


def codes(cell: str) -> list[str]:
    """The code spans of a cell."""
    return _CODE.findall(cell)


def page(name: str) -> Page:
    """Read one page."""
    return Page(name, (CHECKOUT / name).read_text(encoding="utf-8"))


def pages() -> list[Page]:
    """Every page of the repository."""
    files = [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")]
    return [page(path.relative_to(CHECKOUT).as_posix()) for path in sorted(files)]
