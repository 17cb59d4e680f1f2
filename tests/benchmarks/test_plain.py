"""Texts of plain faster-whisper are decoded once."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from benchmarks import plain
from benchmarks.offline import OfflinePass
from benchmarks.plain import plain_texts
from benchmarks.processes import ProcessError
from benchmarks.speech_sets import Clip


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace the decoder by one that returns the name of the file, and return the names it has seen."""
    seen: list[str] = []

    def passes(model: str, files: Sequence[tuple[Path, str | None]], *, stock: bool = False) -> Iterator[OfflinePass]:
        assert stock
        for path, _ in files:
            if path.stem == "broken":
                raise ProcessError("The offline pass exited with status 1.")
            seen.append(path.stem)
            yield OfflinePass(path.stem, 0.1, 1)

    monkeypatch.setattr(plain, "iterate_passes", passes)
    return seen


@pytest.fixture
def model(tmp_path: Path) -> str:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.bin").write_bytes(b"weights")
    return str(tmp_path / "model")


def clip(folder: Path, name: str) -> Clip:
    path = folder / f"{name}.wav"
    path.write_text(name, encoding="utf-8")
    return Clip("en_read", path, name, "en", "a")


def texts(model: str, folder: Path, *names: str) -> list[str]:
    return plain_texts(model, [clip(folder, name) for name in names], lambda: None, folder / "cache")


def test_a_stored_text_is_not_decoded_again(tmp_path: Path, model: str, decoded: list[str]) -> None:
    texts(model, tmp_path, "one", "two")

    assert texts(model, tmp_path, "two", "three", "one") == ["two", "three", "one"]
    assert decoded == ["one", "two", "three"]


def test_an_interrupted_run_continues(tmp_path: Path, model: str, decoded: list[str]) -> None:
    with pytest.raises(ProcessError):
        texts(model, tmp_path, "one", "broken", "two")

    assert texts(model, tmp_path, "one", "two") == ["one", "two"]
    assert decoded == ["one", "two"]


def test_another_model_has_other_texts(tmp_path: Path, model: str, decoded: list[str]) -> None:
    texts(model, tmp_path, "one")
    Path(model, "model.bin").write_bytes(b"other weights")
    texts(model, tmp_path, "one")

    assert decoded == ["one", "one"]


def test_an_unfinished_line_is_left_out(tmp_path: Path, model: str, decoded: list[str]) -> None:
    texts(model, tmp_path, "one")
    [store] = (tmp_path / "cache").iterdir()
    store.write_text(store.read_text(encoding="utf-8") + '{"key": "tw', encoding="utf-8")

    assert texts(model, tmp_path, "one") == ["one"]


def test_each_finished_clip_is_counted(tmp_path: Path, model: str, decoded: list[str]) -> None:
    texts(model, tmp_path, "one")
    counted: list[None] = []
    plain_texts(
        model, [clip(tmp_path, name) for name in ("one", "two")], lambda: counted.append(None), tmp_path / "cache"
    )

    assert len(counted) == 2
