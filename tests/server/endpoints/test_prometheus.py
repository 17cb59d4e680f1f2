"""Figures in the text format of Prometheus."""

from theresa_server.endpoints.prometheus import Metric, Sample, counter, exposition, gauge, histogram_samples


def test_help_and_type_precede_the_samples() -> None:
    metric = counter("jobs_total", "Jobs.", [Sample({"kind": "final"}, 3), Sample({"kind": "partial"}, 0)])
    assert exposition([metric]) == (
        '# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{kind="final"} 3\njobs_total{kind="partial"} 0\n'
    )


def test_a_sample_may_have_no_label() -> None:
    assert exposition([gauge("ready", "Ready.", [Sample({}, True)])]).endswith("\nready 1\n")


def test_fractions_are_written_out() -> None:
    assert exposition([gauge("busy", "Busy.", [Sample({}, 0.25)])]).endswith("\nbusy 0.25\n")


def test_a_label_may_hold_anything() -> None:
    metric = gauge("sessions", "Sessions.", [Sample({"model": 'C:\\模型 "small"\n'}, 1)])
    assert exposition([metric]).endswith('\nsessions{model="C:\\\\模型 \\"small\\"\\n"} 1\n')


def test_line_breaks_in_help_are_escaped() -> None:
    assert exposition([gauge("up", "Whether\nit is up.", [])]) == "# HELP up Whether\\nit is up.\n# TYPE up gauge\n"


def test_classes_of_a_histogram_hold_all_that_is_less() -> None:
    samples = histogram_samples({"kind": "final"}, (0.1, 1.0), [2, 1, 4], 25.5)
    *_, a, b, c, total, count = exposition([Metric("wait", "histogram", "Wait.", samples)]).splitlines()
    assert (a, b, c) == (
        'wait_bucket{kind="final",le="0.1"} 2',
        'wait_bucket{kind="final",le="1"} 3',
        'wait_bucket{kind="final",le="+Inf"} 7',
    )
    assert (total, count) == ('wait_sum{kind="final"} 25.5', 'wait_count{kind="final"} 7')
