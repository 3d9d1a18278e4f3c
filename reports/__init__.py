"""From run folders to reports and leaderboards."""
