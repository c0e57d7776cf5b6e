"""Files over the web: so far the company's logo."""

from __future__ import annotations

from litestar import Response, Router, get
from litestar.params import FromPath

from crm.accounts.company import company
from crm.accounts.permissions import Permission
from crm.errors import NotFound
from crm.files.queries import file_named


@get("/files/logo/{sha256:str}", permission=Permission.PUBLIC)
async def show_logo(sha256: FromPath[str]) -> Response[bytes]:
    """The company's logo, for the log-in page too. Its address names its content, so it may be kept for ever. It cannot
    run scripts, whatever it contains."""
    if not sha256 or sha256 != (await company()).logo_hash:
        raise NotFound()
    file = await file_named(sha256)
    headers = {
        "cache-control": "public, max-age=31536000, immutable",
        "content-disposition": "inline",
        "content-security-policy": "default-src 'none'; sandbox",
        "etag": f'"{sha256}"',
    }
    return Response(file.content, media_type=file.media_type, headers=headers)


router = Router("", route_handlers=[show_logo])
