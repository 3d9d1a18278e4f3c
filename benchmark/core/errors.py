"""Errors for the user: the problem, the file, and the command or setting that mends it."""


class AnibenchError(Exception):
    """An error that the user can mend; the command line prints its message without a traceback and exits with 1."""


class AbsentError(AnibenchError):
    """An optional part is not installed; the message names the command that installs it."""
