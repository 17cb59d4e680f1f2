"""Which files the accuracy is measured on, and what the table says."""

from pathlib import Path

import pytest

from benchmarks.accuracy import Transcribed, _add_model, _add_noise, spread
from benchmarks.reports import Report
from benchmarks.speech_sets import Clip


def clip(set_: str, text: str, language: str = "en", seconds: float = 1.0) -> Clip:
    return Clip(set_, Path(f"{text}.wav"), text, language, "a", seconds=seconds)


@pytest.mark.parametrize(("limit_s", "expected"), [(100, "0123456789"), (5, "02468"), (2, "05"), (0.1, "0")])
def test_clips_are_spread_over_the_set(limit_s: float, expected: str) -> None:
    clips = [clip("en_read", str(number)) for number in range(10)]

    assert "".join(one.text for one in spread(clips, limit_s)) == expected


def measured() -> Report:
    report = Report("accuracy", "Accuracy", "About.", machine={})
    transcribed = [
        Transcribed(clip("en_read", "call me on Monday"), ["call me Monday", "call me on Monday", "call me on Sunday"]),
        Transcribed(clip("zh_words", "七十三岁", "zh"), ["73岁", "七十三", "七十三歲"]),
    ]
    _add_model(report, "base", transcribed)
    return report


def test_differences_are_points_from_faster_whisper() -> None:
    english, mandarin, both = measured().tables[0].rows

    assert english == ["en_read", "1", "4", "25.0", "0.0", "-25.0", "25.0", "+0.0"]
    assert mandarin == ["zh_words", "1", "3", "0.0", "33.3", "+33.3", "0.0", "+0.0"]
    assert both == ["**all**", "2", "7", "14.3", "14.3", "+0.0", "14.3", "+0.0"]


def test_each_set_and_all_have_targets() -> None:
    met = {target.name: target.met for target in measured().targets}

    assert met["WER/CER socket − faster-whisper, en_read, base"] is True
    assert met["WER/CER socket − faster-whisper, zh_words, base"] is False
    assert met["WER/CER REST − faster-whisper, all sets, base"] is True


def test_texts_and_edits_of_each_file_are_kept() -> None:
    [entry] = measured().data["base"]["files"]["zh_words"]

    assert (entry["reference"], entry["socket"], entry["edits"], entry["units"]) == ("七十三岁", "七十三", [0, 1, 0], 3)


def test_text_for_a_recording_without_words_is_invented() -> None:
    report = measured()
    _add_noise(report, "base", [clip("noise", "a", ""), clip("noise", "b", "")], ["Thank you.", " "])

    assert report.targets[-1].measured == "1 of 2"
    assert "a.wav: 'Thank you.'" in report.notes[-1]
