"""The loaded speech models and how clients select one by name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from theresa_protocol.lenient import quoted
from theresa_server.engine.local import LocalEngine
from theresa_server.engine.whisper.resolving import KNOWN_REPOSITORIES


class UnknownModel(LookupError):
    """No loaded model has the requested name."""

    def __init__(self, name: str, available: tuple[str, ...]) -> None:
        listed = ", ".join(f"'{one}'" for one in available)
        super().__init__(f"Unknown model {quoted(name)}; available models: {listed}.")
        self.name = name
        self.available = available
        """Names of the loaded models, the default first."""

    @property
    def remedy(self) -> str:
        """What to start, in one sentence."""
        wanted = self.name if self.name in KNOWN_REPOSITORIES else "NAME"
        return f"To serve another model, start the server with --model {self.available[0]} --model {wanted}."


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """A loaded model and the engine that decodes with it."""

    engine: LocalEngine
    created: int
    """Load time as a Unix timestamp, in seconds."""
    memory_bytes: int | None = None
    """Growth of the process while the model was loaded and measured; ``None`` where the system does not report it."""
    demo: bool = False
    """Whether this is the demo model, which understands only its own small vocabulary."""

    @property
    def name(self) -> str:
        """The name by which clients select the model."""
        return self.engine.transcriber.name


class ServedModels:
    """The loaded models in the order of the command line; the first is the default. Empty until all are loaded."""

    def __init__(self, models: Sequence[ServedModel] = ()) -> None:
        self._by_name = {model.name: model for model in models}

    def __iter__(self) -> Iterator[ServedModel]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the models, the default first."""
        return tuple(self._by_name)

    @property
    def default(self) -> ServedModel:
        """The model for clients that name none. Only valid once the models are loaded."""
        return next(iter(self))

    def find(self, name: str | None) -> ServedModel:
        """Return a model by name; ``None`` selects the default. Only valid once the models are loaded.

        Raises:
            UnknownModel: when no model has this name.
        """
        if name is None:
            return self.default
        if name not in self._by_name:
            raise UnknownModel(name, self.names)
        return self._by_name[name]
