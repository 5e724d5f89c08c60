"""The files of deploy/kubernetes and deploy/celery are taken by Dagster, its launchers and Kubernetes' own models.

No cluster and no broker is asked: what they would do with it is said in docs/kubernetes_and_celery.md.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._config import process_config, resolve_to_config_type
from dagster._core.instance.config import dagster_instance_config
from dagster_celery.cli import get_validated_config
from dagster_celery.launcher import CeleryRunLauncher
from dagster_k8s.container_context import K8sContainerContext
from dagster_k8s.job import construct_dagster_k8s_job
from dagster_k8s.launcher import K8sRunLauncher
from dagster_k8s.models import k8s_snake_case_dict
from dagster_postgres import DagsterPostgresStorage
from kubernetes import client

from healthcare_elt.defs.jobs import DAILY_ELT
from healthcare_elt.settings import PREFIX, PROJECT_ROOT, Settings

DEPLOY = PROJECT_ROOT / "deploy"
KUBERNETES, CELERY = DEPLOY / "kubernetes", DEPLOY / "celery"
LAUNCHERS = {KUBERNETES: K8sRunLauncher, CELERY: CeleryRunLauncher}
MODELS = {
    "Deployment": client.V1Deployment,
    "PersistentVolumeClaim": client.V1PersistentVolumeClaim,
    "Role": client.V1Role,
    "RoleBinding": client.V1RoleBinding,
    "Service": client.V1Service,
    "ServiceAccount": client.V1ServiceAccount,
}
KUBECONFIG = {
    "clusters": [{"name": "nowhere", "cluster": {"server": "http://127.0.0.1:9"}}],
    "contexts": [{"name": "nowhere", "context": {"cluster": "nowhere", "user": "nobody"}}],
    "users": [{"name": "nobody", "user": {}}],
    "current-context": "nowhere",
}
SECRET = {"DAGSTER_PG_PASSWORD", "CELERY_BROKER", "CELERY_BACKEND"}
"""What the environment brings that stands in no file."""


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def settings_env() -> dict[str, str]:
    lines = [line for line in (KUBERNETES / "settings.env").read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def manifests() -> list[dict[str, Any]]:
    resources = read(KUBERNETES / "kustomization.yaml")["resources"]
    return [each for name in resources for each in yaml.safe_load_all((KUBERNETES / name).read_text())]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    told = settings_env() | dict.fromkeys(SECRET, "memory://")
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return told


def checked(schema: Any, config: dict[str, Any]) -> dict[str, Any]:
    """The configuration as Dagster's own schema of it takes it."""
    result = process_config(resolve_to_config_type(schema), config)
    assert result.success, [error.message for error in result.errors]
    return result.value


@pytest.mark.parametrize("folder", LAUNCHERS, ids=lambda folder: folder.name)
def test_dagster_takes_the_configuration_of_its_instance(folder: Path, environment: dict[str, str]) -> None:
    config, _ = dagster_instance_config(str(folder))
    launcher = LAUNCHERS[folder]
    assert config["run_launcher"]["class"] == launcher.__name__
    checked(launcher.config_type(), config["run_launcher"]["config"])
    checked(DagsterPostgresStorage.config_type(), config["storage"]["postgres"])


@pytest.mark.parametrize("folder", LAUNCHERS, ids=lambda folder: folder.name)
def test_what_holds_for_every_home_holds_there_as_well(folder: Path) -> None:
    ours, theirs = read(PROJECT_ROOT / "dagster.yaml"), read(folder / "dagster.yaml")
    waits = "start_timeout_seconds"
    assert theirs["run_monitoring"].pop(waits) > ours["run_monitoring"].pop(waits)
    assert {name: theirs.get(name) for name in ours} == ours


def test_a_run_is_a_pod_with_the_home_its_settings_and_a_limit_of_memory(
    environment: dict[str, str], tmp_path: Path
) -> None:
    config = read(KUBERNETES / "dagster.yaml")["run_launcher"]["config"]
    nowhere = tmp_path / "kubeconfig"
    nowhere.write_text(yaml.safe_dump(KUBECONFIG))
    outside = {"load_incluster_config": False, "kubeconfig_file": str(nowhere)}
    launcher = K8sRunLauncher(**checked(K8sRunLauncher.config_type(), config | outside))
    context = K8sContainerContext.create_for_run(dg.DagsterRun(job_name=DAILY_ELT), launcher, include_run_tags=False)
    image = environment["DAGSTER_CURRENT_IMAGE"]
    job = construct_dagster_k8s_job(
        context.get_k8s_job_config(image, launcher), ["execute_run"], "run", context.run_k8s_config
    )
    pod = job.spec.template.spec
    [container] = pod.containers
    assert container.image == image
    assert [mount.mount_path for mount in container.volume_mounts] == [environment["HEALTHCARE_ELT_HOME"]]
    assert [each.persistent_volume_claim.claim_name for each in pod.volumes if each.persistent_volume_claim] == [
        each["metadata"]["name"] for each in manifests() if each["kind"] == "PersistentVolumeClaim"
    ]
    assert container.resources.limits == {"memory": "2Gi"}
    assert pod.security_context.run_as_non_root


def test_kubernetes_knows_every_field_of_the_manifests() -> None:
    found = manifests()
    for manifest in found:
        k8s_snake_case_dict(MODELS[manifest["kind"]], manifest)
    assert {manifest["kind"] for manifest in found} == set(MODELS)


def test_the_manifests_name_what_is_there() -> None:
    found = manifests()
    kustomization, launcher = read(KUBERNETES / "kustomization.yaml"), read(KUBERNETES / "dagster.yaml")["run_launcher"]
    names = {(each["kind"], each["metadata"]["name"]) for each in found}
    maps = {each["name"] for each in kustomization["configMapGenerator"]}
    assert {launcher["config"]["instance_config_map"], *launcher["config"]["env_config_maps"]} == maps
    assert ("ServiceAccount", launcher["config"]["service_account_name"]) in names
    assert launcher["config"]["job_namespace"] == kustomization["namespace"]
    [image] = kustomization["images"]
    assert settings_env()["DAGSTER_CURRENT_IMAGE"] == f"{image['newName']}:{image['newTag']}"
    [server] = [each["grpc_server"] for each in read(KUBERNETES / "workspace.yaml")["load_from"]]
    assert ("Service", server["host"]) in names
    for each in found:
        if each["kind"] == "Deployment":
            pod = each["spec"]["template"]["spec"]
            [container] = pod["containers"]
            assert container["image"] == image["name"]
            assert container["resources"]["limits"]["memory"]
            assert [source["name"] for env in container["envFrom"] for source in env.values()] == [
                *launcher["config"]["env_config_maps"],
                *launcher["config"]["env_secrets"],
            ]


def test_the_settings_of_the_pods_are_settings() -> None:
    told = settings_env()
    ours = {name.removeprefix(PREFIX).lower(): value for name, value in told.items() if name.startswith(PREFIX)}
    assert set(ours) <= set(Settings.model_fields)
    settings = Settings(_env_file=None, **ours)
    mounts = read(KUBERNETES / "dagster.yaml")["run_launcher"]["config"]["volume_mounts"]
    assert settings.home == Path(mounts[0]["mountPath"])
    assert settings.inbox_url and settings.landing_url and settings.ledger_url


def test_every_variable_that_dagster_asks_for_is_told(environment: dict[str, str]) -> None:
    for folder in LAUNCHERS:
        asked = set(re.findall(r"\{env: (\w+)\}", (folder / "dagster.yaml").read_text()))
        assert asked <= set(environment)


def test_the_workers_of_celery_listen_where_runs_are_sent(environment: dict[str, str]) -> None:
    worker = get_validated_config(str(CELERY / "worker.yaml"))
    sent = checked(CeleryRunLauncher.config_type(), read(CELERY / "dagster.yaml")["run_launcher"]["config"])
    for name in ("broker", "backend", "config_source"):
        assert worker[name] == sent[name]


def test_the_image_takes_nothing_of_a_home_beside_the_code() -> None:
    copied = re.findall(r"^COPY (.*) \S+$", (KUBERNETES / "Dockerfile").read_text(), re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    settings = Settings(_env_file=None)
    homes = {path.relative_to(settings.home).parts[0] for path in (settings.data, settings.metadata, settings.running)}
    assert not sources & {*homes, ".", ".env", settings.alerts_policy.name}
    assert all((PROJECT_ROOT / source).exists() for source in sources)
    told = (PROJECT_ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in told, "whatever builds the image is sent nothing else"
    assert {line[1:] for line in told if line.startswith("!")} == sources
