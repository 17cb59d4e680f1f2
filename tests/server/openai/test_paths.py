"""The paths at which clients look for OpenAI's API."""

import pytest

from theresa_server.openai.paths import METHODS, paths_of, served_path


@pytest.mark.parametrize("path", METHODS)
def test_every_path_of_an_endpoint_means_it(path: str) -> None:
    assert {served_path(one.replace("{deployment}", "a")) for one in paths_of(path, deployments=True)} == {path}


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/models/demo", "/v1/v1/models", "/x/models", "/openai/deployments/a/b/models", "/v1/my/models"],
)
def test_another_path_means_none(path: str) -> None:
    assert served_path(path) is None
