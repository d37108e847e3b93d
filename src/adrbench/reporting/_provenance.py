"""What each tagger of a leaderboard is: plugin, version and code."""

from __future__ import annotations

from adrbench.results.leaderboard.rows import Board


def provenance(board: Board) -> list[str]:
    """Which plugin, of which version and code, is behind each tagger: a line for each plugin."""
    taggers: dict[tuple[str, str, str], dict[str, None]] = {}
    for row in board.rows:
        if not row.imported:
            taggers.setdefault((row.use, row.version, row.code), {})[row.tagger_id] = None
    return [
        f"Plugin {use} {version}, code {code}: {', '.join(names)}." for (use, version, code), names in taggers.items()
    ]
