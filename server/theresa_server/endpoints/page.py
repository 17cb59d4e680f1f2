"""``GET /``: the live page and its files.

The page consists of static files: its own in ``theresa_server/page``, and the modules of the browser client, which it
imports like any other page. It loads nothing from other hosts.
"""

import mimetypes
from importlib.metadata import version
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from theresa_server.endpoints.http.errors import native_refusal
from theresa_server.serving.admission import check_request
from theresa_server.serving.service import Service

PAGE = Path(__file__).parent.parent / "page"

REVALIDATE = {"Cache-Control": "no-cache"}
"""Browsers revalidate each file and download it again only when it has changed."""

SECURITY = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "connect")),
            *(f"{what} 'none'" for what in ("base-uri", "form-action", "frame-ancestors")),
            "require-trusted-types-for 'script'",
        )
    ),
    "Permissions-Policy": "microphone=(self)",
    "Referrer-Policy": "no-referrer",
}


def routes(service: Service) -> list[BaseRoute]:
    """Return the routes of the page, or none when the page is disabled."""
    if not service.config.page:
        return []
    installed = version("theresa")
    mimetypes.init()  # reads files, which must not block the first request

    async def page(_: Request) -> Response:
        return FileResponse(PAGE / "index.html", headers=REVALIDATE | SECURITY)

    async def offer(request: Request) -> Response:
        if refusal := check_request(request.headers, service.config.policy, service.load()):
            return native_refusal(refusal)
        return JSONResponse(_offer(service, installed), headers=REVALIDATE)

    return [
        Route("/", page),
        Route("/page/offer.json", offer),
        Mount("/page/client", _Files(directory=client_modules())),
        Mount("/page", _Files(directory=PAGE)),
    ]


def client_modules() -> Path:
    """Return the directory of the browser client: inside ``page`` in a wheel, ``client/browser`` in a checkout."""
    packaged = PAGE / "client"
    return packaged if packaged.is_dir() else PAGE.parent.parent.parent / "client" / "browser"


def _offer(service: Service, installed: str) -> dict[str, Any]:
    """Return what the page needs to know about the server."""
    offer = service.offer()
    return {
        "version": installed,
        "language": offer.language,
        "entities": offer.entities is not None,
    }


class _Files(StaticFiles):
    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update(REVALIDATE)
        return response
