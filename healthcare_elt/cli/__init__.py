"""The `healthcare-elt` command: it calls the same functions as the assets.

Here belongs reading arguments and printing. Every module imports what it needs inside its commands, so that
`--help` and completion stay quick.
"""

from healthcare_elt.cli.app import main
from healthcare_elt.cli.process import command

__all__ = ["command", "main"]
