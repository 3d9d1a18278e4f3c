"""Commands: report, leaderboard, submit, study."""
