"""`python -m trust_models`."""

from trust_models.cli import main

main()
