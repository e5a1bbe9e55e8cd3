"""Services whose health libraries of Python answer, each on a port of its own: says {"LIBRARY": port, …} on its first line, and repeats each
line `LIBRARY STATE` of its input once that service is so: up, degraded, down, stopping. Ends when its input does."""

import asyncio
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from wsgiref.simple_server import WSGIRequestHandler, make_server

states = {}
stops = {}


def is_in(library, state):
    return states[library] == state


def py_healthcheck():
    from healthcheck import HealthCheck

    name = "py-healthcheck"
    # Without keeping what a check said.
    health = HealthCheck(success_ttl=0, failed_ttl=0)

    def db():
        return (False, "connection refused") if is_in(name, "down") else (True, "db ok")

    health.add_check(db)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            message, status, headers = health.run()
            body = message.encode()
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return serve(name, ThreadingHTTPServer(("127.0.0.1", 0), Handler))


def django_health_check():
    import dataclasses

    import django
    from django.conf import settings

    name = "django-health-check"
    settings.configure(
        ROOT_URLCONF=__name__,
        SECRET_KEY="of a test",
        ALLOWED_HOSTS=["127.0.0.1"],
        INSTALLED_APPS=["health_check"],
        LOGGING={"version": 1, "disable_existing_loggers": True, "root": {"level": "CRITICAL"}},
    )
    django.setup()
    from django.core.wsgi import get_wsgi_application
    from django.urls import path
    from health_check.base import HealthCheck
    from health_check.exceptions import ServiceUnavailable, ServiceWarning
    from health_check.views import HealthCheckView

    @dataclasses.dataclass
    class Search(HealthCheck):
        # By which it is named in the answer.
        __qualname__ = "Search"

        def run(self):
            if is_in(name, "down"):
                raise ServiceUnavailable("cannot connect")
            if is_in(name, "degraded"):
                raise ServiceWarning("index is 3 minutes old")

    globals()["urlpatterns"] = [path("health", HealthCheckView.as_view(checks=[Search]))]

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_):
            pass

    return serve(name, make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet))


def fastapi_health():
    import uvicorn
    from fastapi import FastAPI
    from fastapi_health import health

    name = "fastapi-health"
    app = FastAPI()

    def db():
        return False if is_in(name, "down") else {"db": "online"}

    def cache():
        return {"cache": "online"}

    app.add_api_route("/health", health([db, cache]))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    listening = threading.Event()
    plain_startup = server.startup

    async def startup(sockets=None):
        await plain_startup(sockets)
        listening.set()

    server.startup = startup
    # Signals are for the thread that has the input.
    thread = threading.Thread(target=lambda: asyncio.run(server._serve()), daemon=True)
    thread.start()
    listening.wait()

    def stop():
        server.should_exit = True
        thread.join()

    stops[name] = stop
    return name, server.servers[0].sockets[0].getsockname()[1]


def serve(name, server):
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def stop():
        server.shutdown()
        server.server_close()

    stops[name] = stop
    return name, server.server_address[1]


if __name__ == "__main__":
    for library in ("py-healthcheck", "django-health-check", "fastapi-health"):
        states[library] = "up"
    print(json.dumps(dict(start() for start in (py_healthcheck, django_health_check, fastapi_health))), flush=True)
    for line in sys.stdin:
        library, state = line.split()
        states[library] = state
        if state == "stopping":
            stops[library]()
        print(line.strip(), flush=True)
