"""What lies in deploy/: names that the program reads, commands that it knows, files that are there."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_group

from poststelle.cli.app import app
from poststelle.http.serving import LAST_REQUESTS_S
from poststelle.main import LAST_WORK_S
from poststelle.variables import PREFIX, unknown

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
MANIFESTS = [
    part
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    for part in yaml.safe_load_all(path.read_text())
]


def containers() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each container of ours in the manifests with its pod: kind and name, container, pod."""
    for one in MANIFESTS:
        spec = one.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        pod = spec.get("template", {}).get("spec", {})
        for container in pod.get("containers", []):
            yield f"{one['kind']} {one['metadata']['name']}", container, pod


def commands() -> Iterator[list[str]]:
    """Each way in which the program is started somewhere."""
    for path in sorted((DEPLOY / "systemd").glob("*.service")):
        for line in re.findall(r"^ExecStart=\S+/poststelle (.+)$", path.read_text(), re.MULTILINE):
            yield line.split()
    for service in COMPOSE["services"].values():
        if service["image"] == "poststelle":
            yield service["command"]
    for _, container, _ in containers():
        yield container["args"]
    [line] = re.findall(r"^CMD \[(.+)\]$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)
    yield [word.strip().strip('"') for word in line.split(",")]


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_each_command_is_one_of_ours(words: list[str]) -> None:
    """With options that it takes."""
    name, *rest = words
    get_group(app).commands[name].make_context(name, rest)


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(DEPLOY.rglob("*")) if path.is_file()],
    ids=lambda path: path.relative_to(DEPLOY).as_posix(),
)
def test_each_name_is_read_by_the_program(path: Path) -> None:
    """A misspelt variable would be found by nobody until it matters."""
    names = set(re.findall(rf"\b{PREFIX}[A-Z_]+", path.read_text()))
    assert unknown(dict.fromkeys(names, "x")) == []


def test_the_container_holds_what_the_program_needs() -> None:
    """What is installed there is what pyproject.toml asks for; what is copied is in the clone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = (ROOT / "requirements" / "serve.txt").read_text().lower()
    for wanted in project["dependencies"]:
        name = re.split(r"[\[>=<; ]", wanted)[0].lower()
        assert re.search(rf"^{re.escape(name)}(\[[a-z,]+\])?==", pinned, re.MULTILINE), name
    text = (DEPLOY / "Containerfile").read_text()
    assert re.search(r"^wheel:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    stages = re.findall(r"^FROM \S+ AS (\w+)$", text, re.MULTILINE)
    assert set(re.findall(r"^COPY --from=(\w+)", text, re.MULTILINE)) <= set(stages)
    left_out = (DEPLOY / "Containerfile.dockerignore").read_text().splitlines()
    for needed in ("src", "web", "requirements", "pyproject.toml", "hatch_build.py", "Makefile", "README.md"):
        assert needed not in left_out
        assert (ROOT / needed).exists()


def test_two_of_each_role_and_nothing_is_written_into_an_image() -> None:
    """In the compose file; each secret and volume that is named is declared."""
    services = COMPOSE["services"]
    assert services["web"]["deploy"]["replicas"] == services["worker"]["deploy"]["replicas"] == 2
    for name in ("web", "worker"):
        ours = services[name]
        assert ours["read_only"]
        assert ours["cap_drop"] == ["ALL"]
        assert set(ours["secrets"]) <= COMPOSE["secrets"].keys()
    assert re.search(r"^USER \d+$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)
    for service in services.values():
        for on in service.get("depends_on", {}):
            assert on in services
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source.startswith(("/", "./")) or source in COMPOSE["volumes"], volume
    files = [one["file"] for one in COMPOSE["secrets"].values()]
    prepare = (DEPLOY / "prepare.sh").read_text()
    assert all(f">{file}" in prepare for file in files)


def test_prepare_makes_secrets_once(tmp_path: Path) -> None:
    """And the second time leaves them as they are; the name may change."""
    shutil.copy(DEPLOY / "prepare.sh", tmp_path)
    subprocess.run(["sh", "prepare.sh", "post.example.org"], cwd=tmp_path, check=True, capture_output=True)
    found = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert {one["file"].removeprefix("secrets/") for one in COMPOSE["secrets"].values()} <= found.keys()
    assert found["postgres_password"] in found["database"]
    assert found["objects_key"] in found["objects.json"]
    subprocess.run(["sh", "prepare.sh", "mail.example.org"], cwd=tmp_path, check=True, capture_output=True)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == found
    assert (tmp_path / ".env").read_text() == "PUBLIC_HOST=mail.example.org\n"
    assert subprocess.run(["sh", "prepare.sh"], cwd=tmp_path, check=False, capture_output=True).returncode


@pytest.mark.parametrize(("name", "container", "pod"), list(containers()), ids=lambda one: str(one)[:30])
def test_a_pod_may_do_nothing_but_its_work(name: str, container: dict[str, Any], pod: dict[str, Any]) -> None:
    """As Kubernetes' restricted profile asks; and its volumes, settings and secrets are there."""
    assert pod["securityContext"]["runAsNonRoot"], name
    assert not pod["automountServiceAccountToken"]
    assert not pod["enableServiceLinks"]
    own = container["securityContext"]
    assert own["readOnlyRootFilesystem"]
    assert not own["allowPrivilegeEscalation"]
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["limits"]["memory"]
    assert {mount["name"] for mount in container["volumeMounts"]} <= {one["name"] for one in pod["volumes"]}
    settings = dict(
        line.split("=", 1) for line in (DEPLOY / "kubernetes" / "settings.env").read_text().split()
    )
    kustomization = next(one for one in MANIFESTS if one["kind"] == "Kustomization")
    given = {Path(file).name for file in kustomization["secretGenerator"][0]["files"]}
    mounted = {Path(path).name for key, path in settings.items() if key.endswith("_FILE")}
    assert mounted == given
    assert all(f"\n{one}" in (DEPLOY / "kubernetes" / "secrets.example").read_text() for one in given)


def test_nothing_is_killed_before_it_can_have_ended() -> None:
    """What answers still does for its time, then its last requests end, then what is to be written last."""
    unit = (DEPLOY / "systemd" / "poststelle-web@.service").read_text()
    [pod] = [pod for name, _, pod in containers() if name == "Deployment web"]
    environment = {one["name"]: one["value"] for one in pod["containers"][0]["env"]}
    compose = COMPOSE["services"]["web"]
    for drain, patience in (
        (_number(r"DRAIN_SECONDS=(\d+)", unit), _number(r"TimeoutStopSec=(\d+)", unit)),
        (int(environment[f"{PREFIX}DRAIN_SECONDS"]), pod["terminationGracePeriodSeconds"]),
        (int(compose["environment"][f"{PREFIX}DRAIN_SECONDS"]), int(compose["stop_grace_period"][:-1])),
    ):
        assert drain > 5
        assert drain + LAST_REQUESTS_S + LAST_WORK_S < patience + 1
    caddy = (DEPLOY / "systemd" / "Caddyfile").read_text()
    sees_after = _number(r"health_interval (\d+)s", caddy) + _number(r"health_timeout (\d+)s", caddy)
    assert sees_after < _number(r"DRAIN_SECONDS=(\d+)", unit)


def _number(pattern: str, text: str) -> int:
    [found] = re.findall(pattern, text)
    return int(found)


def test_all_manifests_are_in_the_kustomization() -> None:
    """What lies beside it and is not named would never be applied."""
    kustomization = next(one for one in MANIFESTS if one["kind"] == "Kustomization")
    files = {path.name for path in (DEPLOY / "kubernetes").glob("*.yaml")}
    assert set(kustomization["resources"]) == files - {"kustomization.yaml"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
@pytest.mark.parametrize("path", sorted((DEPLOY / "systemd").glob("*.[st]*")), ids=lambda path: path.name)
def test_systemd_takes_each_unit(path: Path, tmp_path: Path) -> None:
    """Nothing misspelt: it would be passed over in silence."""
    program = tmp_path / "poststelle"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text().replace("/opt/poststelle/bin/poststelle", str(program))
        (tmp_path / unit.name).write_text(text)
    name = path.name.replace("@.", "@8025.")
    done = subprocess.run(
        ["systemd-analyze", "verify", f"./{name}"], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if "poststelle" in line]) == (0, [])


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not here")
def test_kustomize_builds_the_manifests(tmp_path: Path) -> None:
    """With secrets that somebody has put there."""
    folder = tmp_path / "mine"
    shutil.copytree(DEPLOY / "kubernetes", folder)
    (folder / "secrets").mkdir()
    kustomization = next(one for one in MANIFESTS if one["kind"] == "Kustomization")
    for file in kustomization["secretGenerator"][0]["files"]:
        (folder / file).write_text("x")
    done = subprocess.run(["kubectl", "kustomize", str(folder)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    built = list(yaml.safe_load_all(done.stdout))
    assert sorted(one["metadata"]["name"] for one in built if one["kind"] == "Deployment") == [
        "web",
        "worker",
    ]
