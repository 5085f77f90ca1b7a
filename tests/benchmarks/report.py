"""What a benchmark found, for people and for programs."""

import json
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

Cell = str | int | float


@dataclass(frozen=True)
class Spread:
    """The median of what was measured, and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Summarise measurements."""
        if len(values) < 2:
            return cls(values[0], values[0], values[0])
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high)

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True)
class Report:
    """Rows of equal columns, what they ran on, and what was measured."""

    benchmark: str
    machine: Mapping[str, str]
    measured: str
    rows: Sequence[Mapping[str, Cell]]

    def as_json(self) -> str:
        """Return everything as JSON."""
        return json.dumps(asdict(self), indent=2)

    def as_text(self) -> str:
        """Return a table with what it ran on below."""
        table = Table(title=self.benchmark)
        for column in self.rows[0]:
            table.add_column(column)
        for row in self.rows:
            table.add_row(*map(str, row.values()))
        console = Console(width=120)
        with console.capture() as captured:
            console.print(table)
            console.print(self.measured)
            for name, value in self.machine.items():
                console.print(f"{name}: {value}")
        return captured.get()


async def machine(connection: asyncpg.Connection) -> dict[str, str]:
    """What the numbers depend on."""
    settings = ("server_version", "synchronous_commit", "fsync", "shared_buffers")
    shown = {name: str(await connection.fetchval(f"SHOW {name}")) for name in settings}
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "load before": f"{os.getloadavg()[0]:.1f}",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": platform.platform(),
        "Python": sys.version.split()[0],
        "asyncpg": asyncpg.__version__,
        "PostgreSQL": shown.pop("server_version"),
        **shown,
    }


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf-8").splitlines() if described.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
