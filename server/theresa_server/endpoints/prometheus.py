"""Figures as Prometheus reads them, in version 0.0.4 of its text format. Pure.

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
    """One figure of a metric; ``suffix`` goes behind the name of the metric where it is one of a histogram."""

    labels: Labels
    value: float
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric with all of its samples."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    samples: Sequence[Sample]


def counter(name: str, meaning: str, samples: Sequence[Sample]) -> Metric:
    """What only grows; by convention its name ends in ``_total``."""
    return Metric(name, "counter", meaning, samples)


def gauge(name: str, meaning: str, samples: Sequence[Sample]) -> Metric:
    """What goes up and down."""
    return Metric(name, "gauge", meaning, samples)


def in_classes(labels: Labels, bounds: Sequence[float], counts: Sequence[int], total: float) -> list[Sample]:
    """The samples of a histogram: ``counts`` in the classes up to each bound and beyond the last; the sum of all."""
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
    """The text that holds all metrics."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {_escaped(metric.meaning)}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for sample in metric.samples:
        labels = ",".join(f'{name}="{_escaped(value, quoted=True)}"' for name, value in sample.labels.items())
        yield f"{metric.name}{sample.suffix}{f'{{{labels}}}' if labels else ''} {_number(sample.value)}"


def _escaped(text: str, *, quoted: bool = False) -> str:
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if quoted else text


def _number(value: float) -> str:
    return repr(int(value)) if value == int(value) else repr(float(value))
