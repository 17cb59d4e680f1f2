import errno
from pathlib import Path

import pytest
from filelock import FileLock

from theresa_server.cache.errors import CacheError
from theresa_server.cache.model_cache import ModelCache, default_root


def fetch(stage: Path) -> Path:
    (stage / "model.bin").write_bytes(b"weights")
    return stage


def silent(_: str) -> None:
    pass


def test_a_model_is_fetched_once(tmp_path: Path) -> None:
    cache, fetches = ModelCache(tmp_path), []

    def counting(stage: Path) -> Path:
        fetches.append(stage)
        return fetch(stage)

    first = cache.find_or_fetch("whisper", "some/model", counting, silent)
    second = cache.find_or_fetch("whisper", "some/model", counting, silent)

    assert first == second == tmp_path / "whisper" / "some--model"
    assert len(fetches) == 1


def test_only_complete_models_are_listed(tmp_path: Path) -> None:
    cache = ModelCache(tmp_path)
    cache.find_or_fetch("whisper", "some/model", fetch, silent)
    (tmp_path / ".staging" / "hanlp--NER").mkdir(parents=True)

    assert [(kind, name) for kind, name, _ in cache.models()] == [("whisper", "some/model")]


def test_a_failed_fetch_leaves_its_files_to_the_next(tmp_path: Path) -> None:
    cache = ModelCache(tmp_path)

    def broken(stage: Path) -> Path:
        (stage / "half").write_bytes(b"half")
        raise RuntimeError("cut off")

    with pytest.raises(RuntimeError):
        cache.find_or_fetch("whisper", "m", broken, silent)
    assert cache.find("whisper", "m") is None
    seen: list[bool] = []

    def resume(stage: Path) -> Path:
        seen.append((stage / "half").exists())
        return fetch(stage)

    cache.find_or_fetch("whisper", "m", resume, silent)

    assert seen == [True]
    assert list((tmp_path / ".staging").iterdir()) == []


def test_a_full_disk_is_a_cache_error(tmp_path: Path) -> None:
    def full(_: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(CacheError, match=r"cannot be written: No space left on device\. Free some space or"):
        ModelCache(tmp_path).find_or_fetch("whisper", "m", full, silent)


def test_an_invalid_folder_is_a_cache_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CacheError, match="cannot be written: Not a directory"):
        ModelCache(tmp_path / "file").find_or_fetch("whisper", "m", fetch, silent)


def test_waiting_for_another_process_is_reported(tmp_path: Path) -> None:
    (tmp_path / ".locks").mkdir()
    lock, lines = FileLock(tmp_path / ".locks" / "whisper--m.lock"), []
    lock.acquire()

    def notify(line: str) -> None:
        lines.append(line)
        lock.release()

    ModelCache(tmp_path).find_or_fetch("whisper", "m", fetch, notify)

    assert lines == ["waiting for another process that is fetching m"]


def test_the_default_folder_is_in_the_cache_directory_of_the_user() -> None:
    assert default_root({"XDG_CACHE_HOME": "/caches"}) == Path("/caches/theresa/models")
    assert default_root({}) == Path.home() / ".cache/theresa/models"
