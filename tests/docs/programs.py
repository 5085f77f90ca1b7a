"""Running programs as a reader of the documentation would."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.docs.pages import CHECKOUT
from trust_models.settings import Settings

PATIENCE_SECONDS = 240
BIN = Path(sys.executable).parent


def environment(settings: Settings | None = None) -> dict[str, str]:
    """This machine's environment without settings of the product, or with those of `settings`."""
    ours = ("TRUST_", "DATABASE_URL", "MIGRATION_DATABASE_URL")
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(ours) or name.startswith("TRUST_PG_")
    }
    # The package is found from any folder, also where the tests run without an installation.
    kept["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path and Path(path).is_dir())
    kept |= {"NO_COLOR": "1", "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
    if settings is None:
        return kept
    return kept | {
        "DATABASE_URL": settings.database_url.to_url(),
        "MIGRATION_DATABASE_URL": settings.for_migrations().to_url(),
    }


async def start(*command: str | Path, folder: Path, env: Mapping[str, str]) -> Process:
    """Start a program; its errors come along with its output."""
    return await asyncio.create_subprocess_exec(*command, cwd=folder, env=env, stdin=PIPE, stdout=PIPE, stderr=STDOUT)


async def output_of(*command: str | Path, folder: Path = CHECKOUT, env: Mapping[str, str] | None = None) -> str:
    """Run a program that ends with status 0, and return what it prints; whatever it asks, the answer is yes."""
    process = await start(*command, folder=folder, env=environment() if env is None else env)
    try:
        printed, _ = await asyncio.wait_for(process.communicate(b"y\n"), PATIENCE_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
    text = printed.decode()
    assert process.returncode == 0, f"{command}: status {process.returncode}\n{text}"
    return text


@asynccontextmanager
async def running(*command: str | Path, folder: Path, env: Mapping[str, str]) -> AsyncIterator[str]:
    """Keep a program running for the time of a block, which gets its first line; then press Ctrl-C."""
    process = await start(*command, folder=folder, env=env)
    assert process.stdout is not None
    try:
        yield (await asyncio.wait_for(process.stdout.readline(), PATIENCE_SECONDS)).decode()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
