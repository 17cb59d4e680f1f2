"""The speech models at work in one server, and which of them a name means."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from theresa_server.engine.local import LocalEngine


class UnknownModel(LookupError):
    """No model of that name is at work. ``known`` are the names of those that are, the default's first."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        listed = ", ".join(f"'{one}'" for one in known)
        super().__init__(f"There is no model '{name}' here, only {listed}.")
        self.name = name
        self.known = known


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """A model at work, with the engine that decodes on it."""

    engine: LocalEngine
    created: int
    """When it was loaded, in seconds since 1970."""
    memory_bytes: int | None = None
    """By how much the process grew while it was loaded and tried; ``None`` where the system does not tell."""

    @property
    def name(self) -> str:
        """What clients call it."""
        return self.engine.transcriber.name


class ServedModels:
    """The models at work, in the order in which they were named; the first is the default."""

    def __init__(self, models: Sequence[ServedModel] = ()) -> None:
        self._by_name = {model.name: model for model in models}

    def __iter__(self) -> Iterator[ServedModel]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    @property
    def names(self) -> tuple[str, ...]:
        """What clients may ask for, the default first."""
        return tuple(self._by_name)

    @property
    def default(self) -> ServedModel:
        """The model for those who name none; there is one as soon as a server is ready."""
        return next(iter(self))

    def find(self, name: str | None) -> ServedModel:
        """The model of that name; ``None`` means the default. Raises ``UnknownModel``."""
        if name is None:
            return self.default
        if name not in self._by_name:
            raise UnknownModel(name, self.names)
        return self._by_name[name]
