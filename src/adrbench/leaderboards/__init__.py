"""The leaderboard: rows derived from stored predictions, and the forms in which they are shown."""

from adrbench.leaderboards.rows import Board, Cost, Row
from adrbench.leaderboards.score import leaderboard

__all__ = ["Board", "Cost", "Row", "leaderboard"]
