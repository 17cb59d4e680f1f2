"""OpenAI's model names."""

from theresa_server.openai.aliases import served_name


def test_an_openai_name_means_the_default() -> None:
    assert served_name("whisper-1", ["demo"]) is None


def test_a_served_model_takes_precedence_over_an_alias() -> None:
    assert served_name("whisper-1", ["demo", "whisper-1"]) == "whisper-1"


def test_any_other_name_is_kept() -> None:
    assert served_name("large", ["demo"]) == "large"


def test_no_name_means_the_default() -> None:
    assert served_name("", ["demo"]) is None
