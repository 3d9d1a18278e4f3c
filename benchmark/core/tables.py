"""Guarded reader of parquet files: any fault raises AnibenchError that names the file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.core.errors import AnibenchError

if TYPE_CHECKING:
    import pandas as pd


def read_parquet(path: Path, columns: Sequence[str] = (), *, way_out: str = "write it again") -> "pd.DataFrame":
    """Read a parquet file that has at least `columns`; raises AnibenchError that names the file and `way_out`.

    For damaged files the library raises many types of errors, so every Exception except MemoryError is caught.
    """
    import pandas as pd  # imported here: workers that open no table start in half the time

    try:
        table = pd.read_parquet(path)
    except FileNotFoundError:
        raise AnibenchError(f"{path} is missing; {way_out}") from None
    except MemoryError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise AnibenchError(f"{path} cannot be read as parquet ({reason}); {way_out}") from error
    lacking = [column for column in columns if column not in table]
    if lacking:
        raise AnibenchError(f"{path} lacks the columns {', '.join(lacking)}; {way_out}")
    return table
