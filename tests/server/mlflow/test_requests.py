import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.mlflow.requests import MAX_ROWS, AudioRow, ScoringError, ScoringParams, TextRow, parse_request

JSON = "application/json"
SENTENCE = "米哈游成立于2011年,致力于为用户提供美好的、超出预期的产品与内容。"


def texts(body: Any, content_type: str = JSON) -> list[str]:
    rows, _ = parse_request(content_type, body if isinstance(body, bytes) else json.dumps(body).encode())
    return [row.text for row in rows if isinstance(row, TextRow)]


def params(given_params: Any) -> ScoringParams:
    return parse_request(JSON, json.dumps({"inputs": ["好"], "params": given_params}).encode())[1]


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": {"columns": ["text"], "data": [["我爱中国"], [SENTENCE]]}},
        {"dataframe_split": {"index": [0, 1], "columns": ["id", "text"], "data": [[7, "我爱中国"], [8, SENTENCE]]}},
        {"dataframe_records": [{"text": "我爱中国"}, {"text": SENTENCE}]},
        {"instances": ["我爱中国", SENTENCE]},
        {"instances": [{"text": "我爱中国"}, {"text": SENTENCE}]},
        {"inputs": ["我爱中国", SENTENCE]},
        {"inputs": [["我爱中国"], [SENTENCE]]},
        {"inputs": {"text": ["我爱中国", SENTENCE]}},
        {"inputs": {"anything": ["我爱中国", SENTENCE]}},
    ],
)
def test_all_json_formats_are_equivalent(body: dict[str, Any]) -> None:
    assert texts(body) == ["我爱中国", SENTENCE]


def test_a_single_text_is_a_row() -> None:
    assert texts({"inputs": "我爱中国"}) == ["我爱中国"]


def test_csv_may_have_a_byte_order_mark_quotes_and_line_breaks() -> None:
    body = '\ufeffid,text\r\n1,"我爱,中国"\r\n2,"two\nlines, ""quoted"""\r\n'.encode()

    assert texts(body, "text/csv; charset=utf-8") == ["我爱,中国", 'two\nlines, "quoted"']


def test_null_is_an_empty_text_and_a_number_is_converted() -> None:
    assert texts(b'{"inputs": [null, NaN, "", 2011]}') == ["", "", "", "2011"]


def test_audio_is_base64() -> None:
    body = {"inputs": [{"audio": base64.b64encode(b"RIFF").decode()}]}

    assert parse_request(JSON, json.dumps(body).encode())[0] == [AudioRow(b"RIFF")]


def test_audio_may_be_any_base64() -> None:
    data = bytes(range(248, 256)) * 4
    for text in (base64.encodebytes(data).decode(), base64.urlsafe_b64encode(data).decode().rstrip("=")):
        body = {"inputs": [{"audio": text}]}
        assert parse_request(JSON, json.dumps(body).encode())[0] == [AudioRow(data)]


def test_unknown_params_are_ignored_and_named() -> None:
    found = params({"temperature": 0.5, "language": "zh", "标签": 1})
    assert found.language == "zh"
    assert found.warnings == (
        "Ignored unknown params: 'temperature', '标签'. The params are labels, language, output, words.",
    )


def test_params_have_many_forms() -> None:
    found = params({"language": "zh-CN", "words": "True", "output": "Tokens"})
    assert (found.language, found.words, found.output, found.warnings) == ("zh", True, "tokens", ())
    assert params({"language": None, "words": None, "output": None}) == ScoringParams()
    assert params({"language": "auto"}).language is None


def test_labels_may_be_a_list_or_text_with_commas() -> None:
    assert params({"labels": ["PERSON", "DATE"]}) == params({"labels": "PERSON, DATE"})


@pytest.mark.parametrize(
    ("content_type", "body", "status", "sentence"),
    [
        (JSON, b"{", 400, "not valid JSON"),
        (JSON, b"\xff", 400, "not valid JSON"),
        (JSON, b"[" * 100_000, 400, "not valid JSON"),
        (JSON, b"[]", 400, "must be an object"),
        (JSON, b"{}", 400, "exactly one of inputs"),
        (JSON, b'{"inputs": [], "instances": []}', 400, "it has 2"),
        (JSON, b'{"input": ["a"]}', 400, "Unknown field 'input'"),
        (JSON, b'{"inputs": 5}', 400, "must be a list of texts"),
        (JSON, b'{"inputs": [["a", "b"]]}', 400, "Row 1 is not text"),
        (JSON, b'{"dataframe_split": []}', 400, "must have the form"),
        (JSON, b'{"dataframe_split": {"columns": ["text"], "data": ["a"]}}', 400, "must be a list"),
        (JSON, b'{"dataframe_split": {"columns": ["text"], "data": [["a", "b"]]}}', 400, "Row 1 has 2 values"),
        (JSON, b'{"dataframe_records": [{"a": "x", "b": "y"}]}', 400, "A column 'text' or .audio. is required"),
        (JSON, b'{"inputs": [{"audio": "%"}]}', 400, "The audio of row 1 is not valid Base64"),
        (JSON, b'{"inputs": ["a"], "params": {"language": "Klingon"}}', 400, "'Klingon' is not a language"),
        (JSON, b'{"inputs": ["a"], "params": {"language": 5}}', 400, "params.language must be a text"),
        (JSON, b'{"inputs": ["a"], "params": {"words": "maybe"}}', 400, "must be true or false, not 'maybe'"),
        (JSON, b'{"inputs": ["a"], "params": {"output": "xml"}}', 400, "must be one of entities, graph, tokens"),
        (JSON, b'{"inputs": ["a"], "params": 3}', 400, "params must be an object"),
        ("text/csv", b"", 400, "needs a header line"),
        ("text/csv", b"text\n\xff", 400, "not UTF-8"),
        ("text/plain", b"hello", 415, "application/json or text/csv, not text/plain"),
        ("", b"hello", 415, "without Content-Type"),
        (JSON, json.dumps({"inputs": ["a"] * (MAX_ROWS + 1)}).encode(), 413, "split the request"),
    ],
)
def test_an_invalid_request_is_one_sentence(content_type: str, body: bytes, status: int, sentence: str) -> None:
    with pytest.raises(ScoringError, match=sentence) as refused:
        parse_request(content_type, body)

    assert refused.value.status == status


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["inputs", "instances", "dataframe_split", "dataframe_records", "params", "columns", "data"]
            )
            | st.sampled_from(["text", "audio", "labels", "output"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(VALUES)
def test_any_json_is_rows_or_a_scoring_error(value: Any) -> None:
    try:
        rows, _ = parse_request(JSON, json.dumps(value).encode())
    except ScoringError:
        return
    assert all(isinstance(row, TextRow | AudioRow) for row in rows)


@given(st.binary(max_size=60), st.sampled_from([JSON, "text/csv"]))
def test_any_bytes_are_rows_or_a_scoring_error(body: bytes, content_type: str) -> None:
    try:
        parse_request(content_type, body)
    except ScoringError:
        return
