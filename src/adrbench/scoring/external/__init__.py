"""Judging what any system predicted, without having run it: from files to spans, to figures, to a leaderboard."""
