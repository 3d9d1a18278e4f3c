"""The one error a user is meant to read: what is wrong, in which file, and the way out."""


class AnibenchError(Exception):
    """Raised for anything a user can mend; the command line prints it without a traceback and exits with 1."""
