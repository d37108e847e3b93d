"""The leaderboard: rows derived from stored predictions, and the forms in which they are shown."""

from adrbench.results.leaderboard.rows import Board, Cost, Row
from adrbench.results.leaderboard.score import leaderboard

__all__ = ["Board", "Cost", "Row", "leaderboard"]
