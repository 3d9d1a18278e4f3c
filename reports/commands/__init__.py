"""Commands: report, leaderboard, submit."""
