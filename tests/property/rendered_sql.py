"""What dbt makes of one macro of the project, as SQL that any connection can run: no model, no build."""

from __future__ import annotations

from collections.abc import Callable

from dbt.cli.main import dbtRunner

from healthcare_elt.settings import Settings
from healthcare_elt.transform.build import close_connections
from healthcare_elt.transform.project import dbt_arguments, export_environment

Render = Callable[[str], str]
"""`render("{{ macro(...) }}")`: the SQL."""


def renderer(settings: Settings) -> Render:
    def render(jinja: str) -> str:
        export_environment(settings)
        command = ["--log-level", "none", "compile", "--inline", jinja, *dbt_arguments(settings)]
        try:
            compiled = dbtRunner().invoke(command)
        finally:
            close_connections()
        assert compiled.success, compiled.exception
        (result,) = compiled.result.results
        return result.node.compiled_code

    return render
