"""The ASGI application over a running service."""

from __future__ import annotations

from starlette.applications import Starlette

from api.auth import Callers
from api.endpoint.answers import Publisher
from api.endpoint.execution import Executor
from api.endpoint.gateway import Gateway
from api.endpoint.origins import Origins
from api.endpoint.trusted import read_documents
from api.explorer import explorer_routes
from api.health import health_routes
from api.routes import application, graphql_routes
from api.service import Service
from api.settings import Profile
from schema.build import build_schema
from schema.context import Context, Viewer


def create_app(service: Service) -> Starlette:
    """Raises `ConfigurationError` for a manifest of documents that cannot be used."""
    settings = service.settings

    def make_context(viewer: Viewer, request_id: str) -> Context:
        return Context(viewer, service.database, service.engine, service.clock, request_id)

    gateway = Gateway(
        Executor(
            build_schema(),
            Publisher(hides_suggestions=settings.is_production),
            introspection=settings.introspection,
        ),
        Callers(service.database, settings.profile is Profile.DEMO),
        Origins(settings.cors_origins),
        read_documents(settings.documents, only_trusted=settings.only_trusted),
        make_context,
        service.draining,
    )
    routes = [*graphql_routes(gateway), *health_routes(service)]
    if settings.has_explorer:
        routes += explorer_routes()
    return application(routes)
