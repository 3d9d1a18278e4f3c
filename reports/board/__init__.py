"""The leaderboard and the check of submissions."""
