"""A real nginx before a server, as docs/proxy.md has it."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from waiting import wait_for

_CONFIG = """
pid {folder}/pid; error_log {folder}/error.log; daemon off; worker_processes 1;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port} {listen};
    location {path} {{
      proxy_pass {upstream};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      {more}
    }}
  }}
}}
"""


@contextmanager
def nginx(
    folder: Path, upstream: str, path: str = "/", *, listen: str = "", more: str = ""
) -> Iterator[int]:
    """The port of a proxy that sends what is asked for under `path` on to `upstream`. `listen` and
    `more` are directives of the server and of the location."""
    folder.mkdir(exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = {"folder": folder, "port": port, "upstream": upstream, "path": path}
    config = folder / "nginx.conf"
    config.write_text(_CONFIG.format(**given, listen=listen, more=more))
    with subprocess.Popen(["nginx", "-p", folder, "-c", config]) as proxy:

        def answers() -> bool:
            assert proxy.poll() is None, "nginx does not start"
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                return False
            return True

        try:
            wait_for(answers, "nginx does not start")
            yield port
        finally:
            proxy.terminate()
            proxy.wait(60)
