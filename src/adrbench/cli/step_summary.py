"""The summary page of a continuous-integration job, where there is one."""

from __future__ import annotations

import os
from pathlib import Path

from adrbench.errors import InputError
from adrbench.reporting.leaderboard.view import leaderboard_text
from adrbench.results.leaderboard import Board


def append_step_summary(board: Board) -> None:
    """Append the leaderboard to the summary, as ``append_markdown`` does.

    Args:
        board: The leaderboard.
    """
    append_markdown(leaderboard_text(board, "markdown"))


def append_markdown(text: str) -> None:
    """Append Markdown to the file that ``GITHUB_STEP_SUMMARY`` names, if it is set.

    Args:
        text: The Markdown.

    Raises:
        InputError: The file cannot be written.
    """
    name = os.environ.get("GITHUB_STEP_SUMMARY")
    if not name:
        return
    try:
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        raise InputError(f"GITHUB_STEP_SUMMARY: {name}: cannot be written ({error.strerror})") from error
