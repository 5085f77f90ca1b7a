"""The command line: `trust-models`."""

from trust_models.cli.main import main

__all__ = ["main"]
