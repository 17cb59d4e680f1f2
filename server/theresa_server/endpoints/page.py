"""``GET /``: the live page, and what it is made of.

The page is plain files: its own in ``theresa_server/page``, and the modules of the browser client, which it uses as any
other page would. It gets nothing from anywhere else.
"""

import mimetypes
from importlib.metadata import version
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from theresa_server.endpoints.http.errors import refusal
from theresa_server.serving.admission import permit
from theresa_server.serving.service import Service

PAGE = Path(__file__).parent.parent / "page"

FRESH = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
"""Files are asked for anew each time, and not sent again where they are the same."""

SECURE = {
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
    """``/`` and what is under ``/page``; nothing where the page is not wanted."""
    if not service.config.page:
        return []
    installed = version("theresa")
    mimetypes.init()  # reads files: not to be left to the first request

    async def page(_: Request) -> Response:
        return FileResponse(PAGE / "index.html", headers=FRESH | SECURE)

    async def offer(request: Request) -> Response:
        refused = permit(request.headers, service.config.policy, service.load)
        return refusal(refused) if refused else JSONResponse(_offer(service, installed), headers=FRESH)

    return [
        Route("/", page),
        Route("/page/offer.json", offer),
        Mount("/page/client", _Files(directory=client_modules())),
        Mount("/page", _Files(directory=PAGE)),
    ]


def client_modules() -> Path:
    """Where the browser client lies: in an installed package beside the page, in a checkout in a folder of its own."""
    packaged = PAGE / "client"
    return packaged if packaged.is_dir() else PAGE.parent.parent.parent / "client" / "browser"


def _offer(service: Service, installed: str) -> dict[str, Any]:
    """What the page lets a person choose from."""
    offer = service.offer
    return {
        "version": installed,
        "language": offer.language,
        "entities": offer.entities is not None,
    }


class _Files(StaticFiles):
    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update(FRESH)
        return response
