"""The leaderboard as tables and text."""
