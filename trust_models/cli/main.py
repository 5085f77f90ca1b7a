"""The way into the program. It loads next to nothing, so that Ctrl-C is answered from the first moment."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the program."""
    try:
        from trust_models.cli.app import execute  # noqa: PLC0415 - takes most of the time until the first line

        execute()
    except (KeyboardInterrupt, SystemExit) as end:
        # Typer makes the one out of the other, and says nothing.
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            raise
        sys.stderr.write("\ninterrupted; nothing is left running\n")
        sys.exit(INTERRUPTED)
