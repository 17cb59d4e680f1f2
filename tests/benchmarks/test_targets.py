"""Targets are met, missed or not measured."""

from benchmarks.options import titled
from benchmarks.reports import Target
from benchmarks.targets import MEASURED_ELSEWHERE, all_targets, at_most, at_most_each, bounds, difference_target


def test_a_value_at_the_limit_meets_the_target() -> None:
    assert at_most("flicker", 0.15, 0.15) == Target("flicker", "≤ 0.15", "0.15", True)


def test_one_value_over_its_limit_misses_the_target() -> None:
    target = at_most_each("final", [("p50", 0.1, 0.05), ("p99", 0.6, 0.7)], "s")

    assert target == Target("final", "p50 ≤ 0.10 s, p99 ≤ 0.60 s", "p50 0.05 s, p99 0.70 s", False)


def test_a_missing_value_is_not_measured() -> None:
    assert at_most("final", 0.1, None).met is None


def test_an_improvement_meets_a_difference() -> None:
    assert difference_target("all", 0.0, -0.2) == Target("all", "≤ 0 points", "-0.20 points", True)
    assert difference_target("one", 0.3, 0.4).met is False


def test_a_directory_has_the_targets_of_its_model() -> None:
    assert bounds("models/base") == bounds("base") is not None
    assert bounds("demo") is bounds("like-base") is None


def test_a_twin_is_marked() -> None:
    assert titled("like-large-v3-turbo") == "like-large-v3-turbo (cost twin)"
    assert titled("models/tiny.en") == "tiny.en"


def test_targets_measured_elsewhere_are_listed_until_a_report_has_them() -> None:
    measured = Target(MEASURED_ELSEWHERE[0].name, "≤ 1 point", "0.4 points", True)

    assert [target.met for target in all_targets([measured])] == [True, None]
