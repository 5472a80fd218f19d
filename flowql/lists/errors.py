"""What can be wrong with a list: its name, its file, its size."""

from typing import ClassVar

from flowql.errors import UsageError


class ListError(UsageError):
    """A list that cannot be used; `similar` are names that may have been meant."""

    code: ClassVar[str] = "bad-list"

    def __init__(self, message: str, *, similar: tuple[str, ...] = (), hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.similar = similar


class UnknownListError(ListError):
    """A name that no list has."""

    code = "unknown-list"


class UnreadableListError(ListError):
    """A list's file, or the folder of the lists, that cannot be read."""

    code = "unreadable-list"
