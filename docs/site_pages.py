"""A hook of mkdocs: the site has the layout of the repository, so the same links hold in both."""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

PATTERNS = ("README.md", "CONTRIBUTING.md", "docs/**/*.*", "reports/published/**/*.*")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The files of the theme, and those of the documentation by their paths from the folder of mkdocs.yml."""
    root = Path(config.config_file_path).parent
    paths = [path for pattern in PATTERNS for path in sorted(root.glob(pattern)) if path.suffix not in (".py", ".pyc")]
    ours = [File.generated(config, path.relative_to(root).as_posix(), abs_src_path=str(path)) for path in paths]
    return Files([*(file for file in files if file.src_dir != config.docs_dir), *ours])
