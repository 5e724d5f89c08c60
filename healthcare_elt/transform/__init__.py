"""Running dbt: the manifest, one invocation in this process, and whether there is anything to do.

Here belongs what the product does with dbt. What is computed is in dbt_project/.
"""

from healthcare_elt.transform.build import Built, DbtFailed, NodeResult, build
from healthcare_elt.transform.manifest import prepare_manifest
from healthcare_elt.transform.project import ProjectError, macros_fingerprint, project_fingerprint

__all__ = [
    "Built",
    "DbtFailed",
    "NodeResult",
    "ProjectError",
    "build",
    "macros_fingerprint",
    "prepare_manifest",
    "project_fingerprint",
]
