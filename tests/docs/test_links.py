"""What a page points to is there."""

import re

import pytest

from tests.docs.pages import CHECKOUT, Page, page, pages

PATH = re.compile(r"^(trust_models|tests|docs|scripts|migrations|\.github|\.ci)/[\w./-]*$")
"""A code span that is a path of the repository."""

TREATMENT = {
    "python": "run by test_python_blocks",
    "console": "run or looked up by test_console_blocks",
    "sh": "run by test_audit_verify and test_sealing_page",
    "sql": "run by test_sql_blocks",
    "ini": "loaded by test_reference_settings",
    "dosini": "what PgBouncer is started with by test_pgbouncer",
    "json": "validated by test_reference_audit_event",
    "mermaid": "compared by test_diagrams",
    "text": "what a program prints, compared by test_python_blocks and test_readme; or a drawing, not compared",
    "systemd": "its command is run by test_sealing_page",
}
"""What becomes of a block of each language."""


@pytest.mark.parametrize("one", pages(), ids=str)
def test_each_link_leads_somewhere(one: Page) -> None:
    for link in one.links:
        target, _, anchor = link.partition("#")
        if re.match(r"^[a-z]+:", target):
            assert target.startswith("https://"), link
            continue
        there = (one.folder / target).resolve() if target else CHECKOUT / one.name
        assert there.is_relative_to(CHECKOUT), f"{one}: {link} leads out of the repository"
        assert there.exists(), f"{one}: {link} leads nowhere"
        if anchor:
            aim = page(there.relative_to(CHECKOUT).as_posix())
            assert anchor in aim.anchors, f"{one}: {link}: {sorted(aim.anchors)}"


@pytest.mark.parametrize("one", pages(), ids=str)
def test_each_path_that_is_named_exists(one: Page) -> None:
    for span in one.code_spans:
        if PATH.match(span):
            assert (CHECKOUT / span).exists(), f"{one}: {span}"


@pytest.mark.parametrize("folder", ["tutorial", "how-to", "reference", "explanation", "decisions"])
def test_the_index_names_every_page(folder: str) -> None:
    index = page("docs/decisions/README.md" if folder == "decisions" else "docs/README.md")
    listed = {(index.folder / link).resolve() for link in index.links}
    found = {path for path in (CHECKOUT / "docs" / folder).glob("*.md") if path.name != "README.md"}
    assert found <= listed


def test_decisions_are_numbered_without_a_gap() -> None:
    rows = page("docs/decisions/README.md").table("Number", "Decision").rows
    files = sorted((CHECKOUT / "docs/decisions").glob("[0-9]*.md"))
    assert [row["Number"] for row in rows] == [str(number) for number in range(1, len(files) + 1)]
    for row, file in zip(rows, files, strict=True):
        assert f"({file.name})" in row["Decision"]
        decision = page(file.relative_to(CHECKOUT).as_posix())
        title = re.escape(f"# {row['Number']}. {row['Decision'][1:].partition(']')[0]}")
        assert re.match(rf"{title}\n\nStatus: accepted\.\n", decision.text.replace("`", "")), decision
        assert decision.headings == ["Context", "Decision", "Consequences"]


@pytest.mark.parametrize("one", pages(), ids=str)
def test_prose_is_wrapped(one: Page) -> None:
    for number, line in enumerate(one.prose.splitlines(), start=1):
        assert line.startswith("|") or len(line) <= 120, f"{one}:{number}"
        assert line == line.rstrip(), f"{one}:{number}"


@pytest.mark.parametrize("one", pages(), ids=str)
def test_each_block_has_a_language_that_a_test_knows(one: Page) -> None:
    assert {block.language for block in one.blocks} <= TREATMENT.keys(), one
