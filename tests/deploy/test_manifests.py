"""Compose, Kubernetes and systemd files: parse, agree with each other, give no more than is needed."""

from __future__ import annotations

import configparser
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.files import (
    DEPLOY,
    KUBERNETES,
    ROOT,
    YAML_FILES,
    dockerfile,
    images,
    load_yaml,
    manifests,
    texts,
)

USER = "10001"


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda p: str(p.relative_to(DEPLOY)))
def test_yaml_parses(path: Path) -> None:
    assert load_yaml(path)


def test_every_file_is_in_the_readme() -> None:
    readme = texts()["README.md"]
    folders = ("kubernetes/kserve/", "grafana/provisioning/")
    named = {"README.md", "kubernetes/kustomization.yaml", *re.findall(r"`([^`\s]+)`", readme)}
    for path in texts():
        parents = {"kubernetes/"} if path.count("/") == 1 else set(folders)
        assert path in named or Path(path).name in named or parents & named, path


def test_images_are_tagged_and_ours_is_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    bases = [argument.split()[0] for name, argument in dockerfile() if name == "FROM"]
    for image in (*images(), *bases):
        assert re.fullmatch(r"[\w./-]+:v?\d[\w.-]*", image), f"{image} has no version"
    assert {image for image in images() if image.startswith("fazhi:")} == {f"fazhi:{version}"}
    for path in ("Dockerfile", "README.md"):
        assert set(re.findall(r"\bfazhi:(\d[\w.]*)", texts()[path])) == {version}, path


def containers() -> list[Any]:
    found = manifests()
    return [
        *found["deployment.yaml"]["spec"]["template"]["spec"]["containers"],
        *found["kserve/servingruntime.yaml"]["spec"]["containers"],
    ]


@pytest.mark.parametrize("container", containers(), ids=lambda c: c["name"])
def test_a_container_may_do_little(container: Any) -> None:
    context = container["securityContext"]
    assert context["readOnlyRootFilesystem"] is True
    assert context["allowPrivilegeEscalation"] is False
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert container["image"] == "fazhi"  # kustomization.yaml gives the tag
    assert container["resources"]["limits"].keys() >= {"cpu", "memory"}
    assert float(container["resources"]["limits"]["cpu"]).is_integer()
    assert {m["mountPath"] for m in container["volumeMounts"]} == {"/etc/fazhi/keys", "/tmp"}


def test_the_user_is_the_images() -> None:
    assert dict(dockerfile())["USER"] == f"{USER}:{USER}"
    pod = manifests()["deployment.yaml"]["spec"]["template"]["spec"]["securityContext"]
    runtime = manifests()["kserve/servingruntime.yaml"]["spec"]["containers"][0]
    for context in (pod, runtime["securityContext"]):
        assert str(context["runAsUser"]) == str(context["runAsGroup"]) == USER
        assert context["runAsNonRoot"] is True


def test_objects_of_kubernetes_find_each_other() -> None:
    found = manifests()
    template = found["deployment.yaml"]["spec"]["template"]
    labels = template["metadata"]["labels"].items()
    name = found["deployment.yaml"]["metadata"]["name"]
    assert found["deployment.yaml"]["spec"]["selector"]["matchLabels"].items() <= labels
    assert found["service.yaml"]["spec"]["selector"].items() <= labels
    assert found["poddisruptionbudget.yaml"]["spec"]["selector"]["matchLabels"].items() <= labels
    assert found["networkpolicy.yaml"]["spec"]["podSelector"]["matchLabels"].items() <= labels
    assert found["horizontalpodautoscaler.yaml"]["spec"]["scaleTargetRef"]["name"] == name
    secret = found["secret.example.yaml"]["metadata"]["name"]
    for volumes in (
        template["spec"]["volumes"],
        found["kserve/servingruntime.yaml"]["spec"]["volumes"],
    ):
        assert volumes[0]["secret"]["secretName"] == secret


def test_kserve_finds_its_runtime_by_the_v2_protocol() -> None:
    runtime = manifests()["kserve/servingruntime.yaml"]
    service = manifests()["kserve/inferenceservice.yaml"]
    model = service["spec"]["predictor"]["model"]
    assert model["protocolVersion"] == "v2"
    assert runtime["spec"]["protocolVersions"] == ["v2"]
    assert model["runtime"] == runtime["metadata"]["name"]
    (accepted,) = runtime["spec"]["supportedModelFormats"]
    assert model["modelFormat"].items() <= accepted.items()
    scaler = manifests()["kserve/horizontalpodautoscaler.yaml"]["spec"]["scaleTargetRef"]
    assert scaler["name"] == f"{service['metadata']['name']}-predictor"


def test_kustomizations_name_files_that_are_there() -> None:
    for path, document in manifests().items():
        if path.endswith("kustomization.yaml"):
            for resource in document["resources"]:
                assert (KUBERNETES / path).with_name(resource).is_file()


def test_compose_gives_no_more_than_needed() -> None:
    compose = load_yaml("compose.yaml")
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert set(service["secrets"]) <= compose["secrets"].keys()
        assert name == "fazhi" or service["profiles"] == ["monitoring"]
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (DEPLOY / source).exists(), source
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_the_unit_parses_and_is_hardened() -> None:
    class Unit(configparser.RawConfigParser):
        optionxform = staticmethod(str)  # type: ignore[assignment]

    unit = Unit(strict=False, delimiters=("=",))  # a directive may come twice
    unit.read_string(texts()["systemd/fazhi.service"])
    assert unit.sections() == ["Unit", "Service", "Install"]
    service = unit["Service"]
    assert service["ExecStart"].endswith("/fazhi serve")
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert service["DynamicUser"] == service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
