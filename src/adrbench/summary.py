"""The leaderboard on the summary page of a continuous-integration job, where there is one."""

from __future__ import annotations

import os
from pathlib import Path

from adrbench.leaderboards import Board
from adrbench.leaderboards.write import to_markdown


def append_step_summary(board: Board) -> None:
    """Append the leaderboard as Markdown to the file that ``GITHUB_STEP_SUMMARY`` names, if it is set."""
    name = os.environ.get("GITHUB_STEP_SUMMARY")
    if name:
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(to_markdown(board) + "\n")
