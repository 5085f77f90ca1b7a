"""Benchmarks of the database's own rules: `scripts/bench NAME`, or `python -m tests.benchmarks NAME`.

They start a PostgreSQL of their own, measure what is compared side by side in one run, and print ratios.
"""

import argparse
import asyncio
import signal
import sys

from tests.benchmarks import capture, ddl, guards, ledger, peers, verb, verify

BENCHMARKS = {
    "guards": guards,
    "ddl": ddl,
    "capture": capture,
    "peers": peers,
    "verb": verb,
    "ledger": ledger,
    "verify": verify,
}


def main() -> None:
    """Run the benchmark that is named, and print what it found."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=(__doc__ or "").partition("\n")[0])
    benchmarks = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for name, module in BENCHMARKS.items():
        options = benchmarks.add_parser(name, help=(module.__doc__ or "").partition("\n")[0])
        module.add_options(options)
        options.add_argument("--json", action="store_true", help="print everything that was measured, as JSON")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that nothing of the server stays
    report = asyncio.run(BENCHMARKS[arguments.name].run(arguments))
    print(report.as_json() if arguments.json else report.as_text())  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
