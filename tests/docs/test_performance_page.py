"""docs/explanation/performance.md shows numbers of benchmarks that exist, in the rows that they print."""

import re

from tests.benchmarks.__main__ import BENCHMARKS
from tests.benchmarks.capture import CHANGES
from tests.benchmarks.ddl import STATES
from tests.benchmarks.guards import settings_of
from tests.benchmarks.ledger import EVERY, WRITING
from tests.benchmarks.peers import OURS, PEERS
from tests.benchmarks.twins import PAIRS
from tests.benchmarks.verb import SYNCHRONOUS_COMMIT
from tests.benchmarks.verify import IN_MEMORY, NEW, PROOF
from tests.docs.pages import code, page
from tests.docs.test_console_blocks import commands

PAGE = page("docs/explanation/performance.md")
GUARDS = PAGE.table("Table", "Writers", "Guarded, rows/s", "Bare, rows/s", "Ratio (quartiles)").rows
DDL = PAGE.table("Schema", "Rows in `lesson_versions`", "Milliseconds (quartiles)").rows
MEASURED_PEERS = PAGE.table("Who", "Milliseconds (quartiles)", "Ours / theirs (quartiles)").rows

VERB = PAGE.table("synchronous_commit", "Audited, µs", "Plain, µs", "Ratio (quartiles)").rows

CAPTURE = PAGE.table("Change", "Captured", "Not captured", "Ratio (quartiles)").rows

LEDGER = PAGE.table("What", "Result").rows

VERIFY = PAGE.table(
    *("Verified", "Seconds", "Share of all", "Events/s", "Processor s, client", "Processor s, server"),
    *("Processor s per 10 million", "Megabytes"),
).rows


SPREAD = re.compile(r"(\d+\.\d\d) \((\d+\.\d\d) to (\d+\.\d\d)\)")


def test_every_command_names_a_benchmark_and_every_benchmark_is_shown() -> None:
    shown = [command.words[1] for command in commands(PAGE) if command.program == "scripts/bench"]
    assert sorted(shown) == sorted(BENCHMARKS)
    assert len(PAGE.tables) == len(BENCHMARKS) + 1, "one for each, and one of what they ran on"


def test_every_row_of_the_guards_is_one_that_is_measured() -> None:
    measured = [(pair.table, f"{one.writers}{one.note}") for pair in PAIRS for one in settings_of(pair)]
    assert [(code(row["Table"]), row["Writers"]) for row in GUARDS] == measured


def test_every_row_of_the_ddl_is_one_that_is_measured() -> None:
    states = list(dict.fromkeys(row["Schema"] for row in DDL))
    assert states == list(STATES)
    rows = [int(row["Rows in `lesson_versions`"].replace(",", "")) for row in DDL]
    assert rows == [0, 100_000, 500_000] * len(STATES)


def test_every_row_of_the_verb_is_one_that_is_measured() -> None:
    assert tuple(row["synchronous_commit"] for row in VERB) == SYNCHRONOUS_COMMIT


def test_every_peer_is_one_that_is_measured() -> None:
    assert [row["Who"] for row in MEASURED_PEERS] == [peer.name for peer in (OURS, *PEERS)]


def test_every_row_of_the_capture_is_one_that_is_measured() -> None:
    assert tuple(row["Change"] for row in CAPTURE) == CHANGES


def test_every_row_of_the_ledger_is_one_that_is_measured() -> None:
    writing = [f"writing beside the sealer, {setting}" for setting in WRITING]
    others = ["leaves missed, doubled, phantom, of", f"seconds to the leaf, looking every {EVERY}:", "events/s, "]
    for row, expected in zip(LEDGER, writing + others, strict=True):
        assert row["What"].startswith(expected)


def test_every_row_of_the_verification_is_one_that_is_measured() -> None:
    rounds = [row["Verified"] for row in VERIFY if row["Verified"].startswith("all, round")]
    assert rounds == [f"all, round {number}" for number in range(1, len(rounds) + 1)]
    assert [row["Verified"] for row in VERIFY] == [*rounds, IN_MEMORY, NEW, PROOF]


def test_every_number_has_its_spread() -> None:
    cells = [row["Ratio (quartiles)"] for row in (*GUARDS, *VERB, *CAPTURE)]
    cells += [row["Milliseconds (quartiles)"] for row in DDL]
    cells += [row["Result"] for row in LEDGER if row["What"].startswith("writing")]
    cells += [row[f"{column} (quartiles)"] for row in MEASURED_PEERS for column in ("Milliseconds", "Ours / theirs")]
    for cell in cells:
        match = SPREAD.fullmatch(cell)
        assert match, cell
        median, low, high = map(float, match.groups())
        assert low <= median <= high


def test_it_says_what_it_ran_on() -> None:
    (table,) = (table for table in PAGE.tables if table.columns == ("What", "Was"))
    assert {row["What"] for row in table.rows} >= {"processor", "Python", "PostgreSQL", "synchronous_commit", "fsync"}
