"""OpenAI's names of models."""

from theresa_server.openai.aliases import served_name


def test_a_name_of_openai_means_the_default() -> None:
    assert served_name("whisper-1", ["demo"]) is None


def test_a_model_that_is_served_under_such_a_name_is_meant() -> None:
    assert served_name("whisper-1", ["demo", "whisper-1"]) == "whisper-1"


def test_any_other_name_is_looked_for() -> None:
    assert served_name("large", ["demo"]) == "large"


def test_no_name_means_the_default() -> None:
    assert served_name("", ["demo"]) is None
