import errno
from pathlib import Path

import pytest
from filelock import FileLock

from theresa_server.cache.volume import CacheError, Volume, default_root


def fetch(stage: Path) -> Path:
    (stage / "model.bin").write_bytes(b"weights")
    return stage


def silent(_: str) -> None:
    pass


def test_a_model_is_fetched_once(tmp_path: Path) -> None:
    volume, times = Volume(tmp_path), []

    def counting(stage: Path) -> Path:
        times.append(stage)
        return fetch(stage)

    first = volume.obtain("whisper", "some/model", counting, silent)
    second = volume.obtain("whisper", "some/model", counting, silent)

    assert first == second == tmp_path / "whisper" / "some--model"
    assert len(times) == 1


def test_what_is_there_is_listed_and_what_is_not_complete_is_not(tmp_path: Path) -> None:
    volume = Volume(tmp_path)
    volume.obtain("whisper", "some/model", fetch, silent)
    (tmp_path / ".staging" / "hanlp--NER").mkdir(parents=True)

    assert [(kind, name) for kind, name, _ in volume.models()] == [("whisper", "some/model")]


def test_a_fetch_that_fails_leaves_its_files_to_the_next(tmp_path: Path) -> None:
    volume = Volume(tmp_path)

    def broken(stage: Path) -> Path:
        (stage / "half").write_bytes(b"half")
        raise RuntimeError("cut off")

    with pytest.raises(RuntimeError):
        volume.obtain("whisper", "m", broken, silent)
    assert volume.find("whisper", "m") is None
    seen: list[bool] = []

    def going_on(stage: Path) -> Path:
        seen.append((stage / "half").exists())
        return fetch(stage)

    volume.obtain("whisper", "m", going_on, silent)

    assert seen == [True]
    assert list((tmp_path / ".staging").iterdir()) == []


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    def full(_: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(CacheError, match=r"cannot be written: No space left on device\. Make room or name another"):
        Volume(tmp_path).obtain("whisper", "m", full, silent)


def test_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CacheError, match="cannot be written: Not a directory"):
        Volume(tmp_path / "file").obtain("whisper", "m", fetch, silent)


def test_one_that_has_to_wait_says_so(tmp_path: Path) -> None:
    (tmp_path / ".locks").mkdir()
    lock, lines = FileLock(tmp_path / ".locks" / "whisper--m.lock"), []
    lock.acquire()

    def hear(line: str) -> None:
        lines.append(line)
        lock.release()

    Volume(tmp_path).obtain("whisper", "m", fetch, hear)

    assert lines == ["another process is fetching m: waiting for it"]


def test_the_usual_place_is_in_the_caches_of_the_user() -> None:
    assert default_root({"XDG_CACHE_HOME": "/caches"}) == Path("/caches/theresa/models")
    assert default_root({}) == Path.home() / ".cache/theresa/models"
