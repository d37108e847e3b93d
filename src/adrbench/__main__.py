"""``python -m adrbench`` is ``adrbench``."""

from adrbench.cli import main

main(prog_name="adrbench")
