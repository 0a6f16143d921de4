"""The pages as Airflow mounts them, built at the first request: plugins are loaded by every Airflow process."""

from __future__ import annotations

from functools import cached_property

from starlette.types import ASGIApp, Receive, Scope, Send


class LazyApp:
    """Stands for the application until somebody asks it for a page."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    @cached_property
    def _app(self) -> ASGIApp:
        from versement.ui.app import build_app  # noqa: PLC0415 - it loads Airflow's API server and the registry

        return build_app()
