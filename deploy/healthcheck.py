"""Exit code 0 when the service on this machine is ready, 1 when not: the image's health check.

Python, since the image has no curl; the standard library only, since it runs every few seconds.
"""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection, HTTPException

_TIMEOUT_SECONDS = 4  # under the health check's own limit, so that a reason is printed


def check(port: int) -> int:
    """Ask `/health/ready`; returns the exit code."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        print(f"port {port}: {error}", file=sys.stderr)
        return 1
    finally:
        connection.close()
    if status != 200:
        print(f"port {port}: /health/ready answers {status}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(check(int(os.environ.get("FAZHI_PORT", "8000"))))
