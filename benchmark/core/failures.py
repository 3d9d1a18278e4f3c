"""Messages for system errors: the path, the problem, and what to do."""

import errno
import os

WAYS_OUT = {
    errno.ENOSPC: "the disk is full; free space or choose a folder on another disk, then run the command again",
    errno.EDQUOT: "the disk quota is used up; free space or choose another disk, then run the command again",
    errno.EACCES: "permission denied; change the permissions or choose another path",
    errno.EPERM: "permission denied; change the permissions or choose another path",
    errno.EROFS: "the disk is read-only; choose a path on another disk",
    errno.ENAMETOOLONG: "the name is too long for this file system; choose a shorter path",
    errno.ENOTDIR: "a part of this path is a file where a folder is needed; choose another path",
    errno.EEXIST: "a file is where a folder is needed; choose another path",
    errno.EISDIR: "it is a folder where a file is needed; choose another path",
    errno.ENOENT: "no such file or folder; check the path",
    errno.ELOOP: "its symbolic links lead in a circle; remove one of them",
    errno.EMFILE: "too many files are open; raise the limit (ulimit -n) or use fewer workers",
    errno.ENFILE: "too many files are open on this machine; stop other programs or use fewer workers",
    errno.ENOMEM: "there is not enough memory; stop other programs, or use fewer workers or a smaller batch",
    errno.EIO: "the disk reports an input/output error; check the disk, or choose another one",
}


def explain(error: OSError | UnicodeError) -> str:
    """A message for the user: the path (if the error has one), the problem, and what to do."""
    if isinstance(error, UnicodeError):
        return _explain_unicode(error)
    path = error.filename2 or error.filename
    problem = WAYS_OUT.get(error.errno or 0) or error.strerror or str(error) or type(error).__name__
    return f"{os.fsdecode(path)}: {problem}" if isinstance(path, str | bytes | os.PathLike) else problem


def is_text(argument: str) -> bool:
    """Whether a command-line argument is valid Unicode; bytes that are not UTF-8 arrive as lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in argument)


def _explain_unicode(error: UnicodeError) -> str:
    if isinstance(error, UnicodeEncodeError):
        cut = ascii(error.object[max(error.start - 40, 0) : error.end + 40])
        return f"{cut} cannot be written as {error.encoding}; rename the file or change the text"
    if isinstance(error, UnicodeDecodeError):
        cut = repr(error.object[max(error.start - 40, 0) : error.end + 40])
        return f"{cut} is not {error.encoding} text; save the file as UTF-8 or rename it"
    return str(error)
