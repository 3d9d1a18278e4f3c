"""A report as markdown, HTML and LaTeX files."""
