"""``adrbench`` and ``python -m adrbench`` start here: an interruption while commands are loaded has no traceback."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    try:
        from adrbench.cli import main as command_line  # noqa: PLC0415  (it may be interrupted)

        command_line(prog_name="adrbench")
    except KeyboardInterrupt:
        sys.exit(130)
    except RuntimeError as error:
        # Python 3.11 says so if the interruption comes while a class is made.
        if isinstance(error.__cause__, KeyboardInterrupt):
            sys.exit(130)
        raise


if __name__ == "__main__":
    main()
