"""The live page as served over HTTP."""

from importlib.metadata import version

import httpx
import pytest

from tests.serving import RunningServer, serving
from theresa_server.endpoints.page import client_modules
from theresa_server.serving.admission import Policy
from theresa_server.serving.config import ServerConfig


def get(server: RunningServer, path: str, **options: dict[str, str]) -> httpx.Response:
    return httpx.get(server.http + path, trust_env=False, timeout=60, **options)  # type: ignore[arg-type]


def test_the_page_may_load_nothing_from_other_origins(server: RunningServer) -> None:
    policy = get(server, "/").headers["Content-Security-Policy"].split("; ")

    assert policy == [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ]


@pytest.mark.parametrize("path", ["/page/main.js", "/page/client/session.js", "/page/client/worklet.js"])
def test_modules_are_scripts_that_the_browser_revalidates(server: RunningServer, path: str) -> None:
    answer = get(server, path)
    again = get(server, path, headers={"If-None-Match": answer.headers["ETag"]})

    assert answer.headers["Content-Type"].partition(";")[0] in ("text/javascript", "application/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/page/../config.py", "/page/%2e%2e/config.py", "/page/client/../../config.py"])
def test_files_outside_the_page_are_not_served(server: RunningServer, path: str) -> None:
    assert get(server, path).status_code == 404


def test_the_page_can_fetch_what_the_server_offers(server: RunningServer) -> None:
    offer = get(server, "/page/offer.json").json()

    assert (offer["version"], offer["language"], offer["entities"]) == (version("theresa"), None, False)


def test_the_offer_requires_the_api_key_and_the_page_does_not() -> None:
    with serving(ServerConfig(port=0, policy=Policy(api_keys=("secret",)))) as server:
        page = get(server, "/")
        without = get(server, "/page/offer.json")
        with_key = get(server, "/page/offer.json", headers={"Authorization": "Bearer secret"})

    assert [page.status_code, without.status_code, with_key.status_code] == [200, 401, 200]


def test_the_page_can_be_disabled() -> None:
    with serving(ServerConfig(port=0, page=False)) as server:
        assert [get(server, path).status_code for path in ("/", "/page/main.js")] == [404, 404]


def test_the_client_modules_are_found() -> None:
    assert {"index.js", "session.js", "microphone.js", "worklet.js"} <= {
        path.name for path in client_modules().glob("*.js")
    }
