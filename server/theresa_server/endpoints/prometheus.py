"""Prometheus text exposition format, version 0.0.4. Pure.

See https://prometheus.io/docs/instrumenting/exposition_formats/.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample of a metric."""

    labels: Labels
    value: float
    suffix: str = ""
    """Appended to the name of the metric in samples of a histogram."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric with all its samples."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    description: str
    """Text of the HELP line."""
    samples: Sequence[Sample]


def counter(name: str, description: str, samples: Sequence[Sample]) -> Metric:
    """Return a counter; by convention its name ends in ``_total``."""
    return Metric(name, "counter", description, samples)


def gauge(name: str, description: str, samples: Sequence[Sample]) -> Metric:
    """Return a gauge."""
    return Metric(name, "gauge", description, samples)


def histogram_samples(labels: Labels, bounds: Sequence[float], counts: Sequence[int], total: float) -> list[Sample]:
    """Return the samples of a histogram.

    Args:
        labels: Labels of all samples.
        bounds: Upper bounds of the buckets except the last, which has none.
        counts: Number of observations in each bucket, not cumulative.
        total: Sum of all observed values.
    """
    edges = [*map(_number, bounds), "+Inf"]
    return [
        *(
            Sample({**labels, "le": edge}, count, "_bucket")
            for edge, count in zip(edges, accumulate(counts), strict=True)
        ),
        Sample(labels, total, "_sum"),
        Sample(labels, sum(counts), "_count"),
    ]


def exposition(metrics: Iterable[Metric]) -> str:
    """Return the text exposition of all metrics."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {_escaped(metric.description)}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for sample in metric.samples:
        labels = ",".join(f'{name}="{_escaped(value, quoted=True)}"' for name, value in sample.labels.items())
        yield f"{metric.name}{sample.suffix}{f'{{{labels}}}' if labels else ''} {_number(sample.value)}"


def _escaped(text: str, *, quoted: bool = False) -> str:
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if quoted else text


def _number(value: float) -> str:
    return repr(int(value)) if value == int(value) else repr(float(value))
