"""The one error a user is meant to read: what is wrong, in which file, and the way out."""


class AnibenchError(Exception):
    """Raised for anything a user can mend; the command line prints it without a traceback and exits with 1."""


class AbsentError(AnibenchError):
    """Something that only some users need is not on this machine: no fault, and the message says how to get it."""
