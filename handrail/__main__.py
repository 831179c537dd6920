"""`python -m handrail`: the command line."""

from handrail.cli import main

main()
