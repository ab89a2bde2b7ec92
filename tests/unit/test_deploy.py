"""What lies in deploy/: names that the program reads, commands that it knows, files that are there."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_group

from poststelle.auth.crypto import parse_keys
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


def labels_of_pods(manifests: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """What stands on the pods of each, by its kind and name."""
    found = {}
    for one in manifests:
        spec = one.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            found[f"{one['kind']} {one['metadata']['name']}"] = spec["template"]["metadata"]["labels"]
    return found


def labels_of_all() -> dict[str, str]:
    """What kustomize adds to each pod."""
    kustomization = next(one for one in MANIFESTS if one["kind"] == "Kustomization")
    return {
        key: value
        for more in kustomization["labels"]
        if more.get("includeTemplates")
        for key, value in more["pairs"].items()
    }


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
    assert all(re.search(rf"(once|put) {re.escape(file)}\b", prepare) for file in files)


def test_no_container_takes_all_memory_or_fills_the_disk() -> None:
    """With what it says, with what it holds; who keeps data has time to write it down."""
    for name, service in COMPOSE["services"].items():
        assert service["logging"]["options"]["max-size"], name
        assert "mem_limit" in service or name == "bucket", name
        keeps = any(not one.startswith(("/", "./")) for one in service.get("volumes", []))
        assert not keeps or name == "proxy" or service["stop_grace_period"], name
    assert all("size=" in one for one in COMPOSE["services"]["web"]["tmpfs"])


def test_objects_fill_the_disk_and_not_eight_files() -> None:
    """The default of SeaweedFS is an end at 240 GB; files as large would not fit small disks."""
    command = COMPOSE["services"]["objects"]["command"]
    assert {"-volume.max=0", "-master.volumeSizeLimitMB=1024"} <= set(command)


def test_a_long_migration_is_waited_for() -> None:
    """`up --wait` fails where a container is unhealthy: nothing is before it could have been ready."""
    assert all("healthcheck" not in COMPOSE["services"][name] for name in ("web", "worker"))
    text = (DEPLOY / "Containerfile").read_text()
    assert "/readyz" in text
    assert _number(r"--start-period=(\d+)h", text) >= 24


def test_a_backup_is_made_and_restored_by_hand_alone() -> None:
    """No `up` starts it; both find the same folder, which is the program's in the image."""
    service = COMPOSE["services"]["backup"]
    assert service["profiles"] == ["backup"]
    assert service["restart"] == "no"
    [folder] = [one.partition(":")[2] for one in service["volumes"] if one.startswith("backup:")]
    assert service["command"] == ["backup", f"{folder}/poststelle"]
    assert re.search(rf"^.*--owner poststelle .*{folder}$", (DEPLOY / "Containerfile").read_text(), re.M)
    jobs = {one["metadata"]["name"]: one["spec"] for one in MANIFESTS if one["kind"] == "CronJob"}
    assert (jobs["restore"]["suspend"], jobs["backup"].get("suspend", False)) == (True, False)
    pods = {name: spec["jobTemplate"]["spec"]["template"]["spec"] for name, spec in jobs.items()}
    assert pods["restore"]["volumes"] == pods["backup"]["volumes"]
    taken, restored = (pods[name]["containers"][0]["args"] for name in ("backup", "restore"))
    assert (restored[0], restored[1:]) == ("restore", taken[1:])


def as_nobody() -> dict[str, Any]:
    """How a program is started that is not to have root's rights, whoever runs the tests."""
    return {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}


@pytest.fixture
def prepared() -> Iterator[Path]:
    """A folder with prepare.sh in it that is nobody's."""
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(DEPLOY / "prepare.sh", name)
        if os.geteuid() == 0:
            os.chown(name, 65534, 65534)
        yield Path(name)


def prepare(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "prepare.sh", *words], cwd=folder, check=False, capture_output=True, text=True, **as_nobody()
    )


def secrets_in(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (folder / "secrets").iterdir()}


def test_prepare_goes_on_where_it_was_broken_off(prepared: Path) -> None:
    """What lies beside a secret is of the former run, and may be read-only already."""
    (prepared / "secrets").mkdir()
    left = prepared / "secrets" / "key.new"
    left.write_text("half")
    left.chmod(0o444)
    if os.geteuid() == 0:
        for path in (left.parent, left):
            os.chown(path, 65534, 65534)
    assert prepare(prepared, "post.example.org").returncode == 0
    assert not left.exists() and len((prepared / "secrets" / "key").read_text()) == 44


def test_prepare_makes_secrets_once(prepared: Path) -> None:
    """And the second time leaves them as they are; the name may change. Root's rights are not needed."""
    assert prepare(prepared, "post.example.org").returncode == 0
    found = secrets_in(prepared)
    assert {one["file"].removeprefix("secrets/") for one in COMPOSE["secrets"].values()} == found.keys()
    assert found["postgres_password"] in found["database"]
    assert found["objects_key"] in found["objects.json"]
    assert len(parse_keys(found["key"])) == 1
    done = prepare(prepared, "Mail.example.org")
    assert (done.returncode, done.stderr) == (0, "")
    assert secrets_in(prepared) == found
    assert (prepared / ".env").read_text() == "PUBLIC_HOST=mail.example.org\n"


def test_prepare_makes_what_was_broken_off_anew(prepared: Path) -> None:
    """An empty key would be a key to nobody, and seal nothing."""
    (prepared / "secrets").mkdir()
    (prepared / "secrets" / "key").touch()
    if os.geteuid() == 0:
        os.chown(prepared / "secrets", 65534, 65534)
    assert prepare(prepared, "post.example.org").returncode == 0
    assert len(parse_keys(secrets_in(prepared)["key"])) == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        [""],
        ["https://post.example.org"],
        ["post.example.org:8443"],
        ["post.example.org/mail"],
        ["a.example, b.example"],
        ["a b"],
        ["a\nb"],
        ["$HOME"],
        ["münchen.example"],
        ["-x"],
        ["a..b"],
    ],
    ids=repr,
)
def test_prepare_takes_a_name_alone(prepared: Path, words: list[str]) -> None:
    """What compose and the proxy would make something else of is refused before anything is written."""
    done = prepare(prepared, *words)
    assert (done.returncode, "sh prepare.sh post.example.org" in done.stderr) == (2, True)
    assert [path.name for path in prepared.iterdir()] == ["prepare.sh"]


GUIDE = (ROOT / "docs" / "operate.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)


def commands_of_the_guide() -> Iterator[str]:
    """What stands behind ``poststelle`` in its blocks and tables, without comments and redirections."""
    tables = re.findall(r"^\|.*\|$", GUIDE, re.MULTILINE)
    told = [line for block in BLOCKS for line in block.splitlines()]
    told += [code for row in tables for code in re.findall(r"`([^`]+)`", row)]
    for line in told:
        words = line.partition("#")[0]
        for found in re.findall(r"(?:^|-- |sudo |worker |\$database\" )poststelle ((?:-|[a-z]).*)", words):
            yield re.split(r" \\?[|>]|;", found)[0].strip()
        for found in re.findall(r"run --rm(?: -T)? backup (.+)", words):
            yield found


@pytest.mark.parametrize("line", sorted(set(commands_of_the_guide())))
def test_each_command_of_the_guide_is_one_of_ours(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With options that it takes: people copy what stands there."""
    monkeypatch.setenv("POSTSTELLE_NEW_DATABASE", "postgresql://x")
    name, *rest = line.replace("…", "x").split()
    found: Any = get_group(app)
    if name.startswith("--"):
        found.make_context("poststelle", [name], resilient_parsing=True)
        return
    found = found.commands[name]
    while hasattr(found, "commands"):
        found = found.commands[rest.pop(0)]
    found.make_context(name, rest)


def test_the_guide_is_whole() -> None:
    """Its links lead somewhere, as those do that lead into it, and each file that it copies is there."""
    assert [line for line in GUIDE.splitlines() if line.startswith("|") and not line.endswith("|")] == []
    heads = re.findall(r"^#+ (.+)$", GUIDE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
    assert set(re.findall(r"\]\(#([^)]+)\)", GUIDE)) <= anchors
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        assert set(re.findall(r"operate\.md#([\w-]+)\)", path.read_text())) <= anchors, path.name
    for target in re.findall(r"\]\((?!#|http)([^)#]+)", GUIDE):
        assert (ROOT / "docs" / target).exists(), target
    for name in re.findall(r"\b((?:deploy|requirements|packaging)/[^\s`;)]+)", "".join(BLOCKS)):
        assert list(ROOT.glob(name)), name


SELECTORS = sorted(set(re.findall(r"--selector[ =](?:'([^']+)'|([^\s'`]+))", GUIDE)))


@pytest.mark.parametrize("selector", ["".join(one) for one in SELECTORS])
def test_each_selector_of_the_guide_finds_pods(selector: str) -> None:
    """What it names is on pods, not only on what makes them: else logs would be empty in silence."""
    key, words = re.split(r" in |=", selector)
    values = set(re.findall(r"[\w-]+", words))
    added = labels_of_all()
    assert values <= {(labels | added).get(key) for labels in labels_of_pods(MANIFESTS).values()}


def chapter(head: str) -> list[str]:
    """The blocks of one chapter, by its heading with the number signs."""
    told = re.split(r"\n#{2,3} ", GUIDE.partition(f"\n{head}\n")[2])[0]
    found = re.findall(r"^```\n(.*?)^```", told, re.DOTALL | re.MULTILINE)
    assert found, head
    return found


def test_each_block_of_the_guide_is_one_for_a_shell() -> None:
    """Nothing is left open in it."""
    for block in BLOCKS:
        done = subprocess.run(["bash", "-n"], input=block, check=False, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), block


STARTS = re.compile(r"systemctl (start|restart|enable)\b.*poststelle|compose up|scale .*--replicas=[1-9]")
OUTCOME_MATTERS = re.compile(r"poststelle (restore|migrate-store|move-blobs)|backup restore /|\$job")


def test_no_block_of_the_guide_starts_servers_before_it_is_known_that_they_may() -> None:
    """Who pastes it whole would start them after a step that only a comment stands for, or that failed."""
    for block in BLOCKS:
        lines = block.splitlines()
        for number, line in enumerate(lines):
            if STARTS.search(line):
                before = lines[:number]
                assert [one for one in before if re.match(r"\s*#", one)] == [], block
                assert [one for one in before if OUTCOME_MATTERS.search(one)] == [], block


def instances(text: str) -> list[str]:
    return re.findall(r"poststelle-(?:web|worker)@\d+", text)


TWO_OF_EACH = "### Two web processes and two workers on one machine"


def test_an_update_starts_no_process_that_nobody_has_set_up() -> None:
    """On the first machine and on a further one, each asked where it listens."""
    here, further = (block for block in chapter("## Updating") if "for unit" in block)
    [first], [other] = (
        [block for block in chapter(head) if "systemctl enable" in block]
        for head in (TWO_OF_EACH, "### On more machines")
    )
    assert instances(here) == instances(first)
    assert instances(further) == instances(other)
    own = re.search(r"\bown=(\S+)", other)
    assert own is not None
    lines = [re.sub(r"until .* (http\S+); do .*", r"echo \1", line) for line in further.splitlines()]
    kept = [line for line in lines if re.match(r"own=|for |done| +(case|echo) ", line)]
    done = subprocess.run(["sh", "-ec", "\n".join(kept)], check=True, capture_output=True, text=True)
    assert done.stdout.split() == [f"http://{own[1]}:8025/readyz", "http://127.0.0.1:8035/readyz"]
    assert "poststelle backup" not in further


def test_the_guide_puts_into_the_proxy_what_runs(tmp_path: Path) -> None:
    """One address for the one process, both for the two; the name is everywhere, and what was added stays."""
    proxy = tmp_path / "Caddyfile"
    lines = [
        line
        for head in ("## One process on one machine", TWO_OF_EACH)
        for block in chapter(head)
        for line in block.splitlines()
        if line.endswith("/etc/caddy/Caddyfile")
    ]
    made = []
    for line in lines:
        script = f"name=mail.example.net; {line.replace('/etc/caddy/Caddyfile', str(proxy))}"
        subprocess.run(["sh", "-c", script], cwd=ROOT, check=True)
        made.append(proxy.read_text())
        proxy.write_text(made[-1].replace("net {", "net {\n\ttls internal"))
    assert [re.findall(r"127\.0\.0\.1:\d+", text) for text in made] == [
        ["127.0.0.1:8025"],
        ["127.0.0.1:8025", "127.0.0.1:8026"],
    ]
    assert all("\nmail.example.net {" in text and "example.org" not in text for text in made)
    assert "tls internal" in made[-1]


def test_a_further_machine_is_reached_and_believes_the_proxy_alone(tmp_path: Path) -> None:
    """It listens where the proxy comes, trusts the proxy's address, and the proxy is told of it."""
    environment, listen, proxy = (tmp_path / name for name in ("environment", "listen.conf", "Caddyfile"))
    shutil.copy(DEPLOY / "systemd" / "environment.example", environment)
    shutil.copy(DEPLOY / "systemd" / "Caddyfile", proxy)
    lines = [line for block in chapter("### On more machines") for line in block.splitlines()]
    told = [one for one in lines if re.match(r"first=.* own=|sed -i .*(PROXIES|8026)|printf .*LISTEN", one)]
    assert len(told) == 4
    script = "\n".join(told)
    for path in (environment, listen, proxy):
        script = re.sub(rf"/etc/\S+/{re.escape(path.name)}$", str(path), script, flags=re.MULTILINE)
    subprocess.run(["sh", "-ec", script], check=True)
    assert "\nPOSTSTELLE_TRUSTED_PROXIES=10.0.0.1\n" in environment.read_text()
    assert listen.read_text() == "[Service]\nEnvironment=POSTSTELLE_LISTEN=10.0.0.2:%i\n"
    assert "reverse_proxy 127.0.0.1:8025 127.0.0.1:8026 10.0.0.2:8025 {" in proxy.read_text()


def test_before_there_is_a_further_machine_messages_and_database_are_where_all_reach_them(
    tmp_path: Path,
) -> None:
    """Else each would keep its own messages, without a word; and the address past a pooler is one, too."""
    first = "".join(chapter("### On more machines")[:3])
    assert re.findall(r"^(?:poststelle|systemctl) \S+", first, re.MULTILINE)[:3] == [
        "poststelle move-blobs",
        "systemctl stop",
        "poststelle move-blobs",
    ]
    environment = tmp_path / "environment"
    at = "postgresql://poststelle:x@localhost"
    environment.write_text(
        f"POSTSTELLE_DATABASE='{at}:6432/poststelle'\nPOSTSTELLE_DATABASE_DIRECT='{at}/poststelle'\n"
    )
    told = [one for one in first.splitlines() if re.match(r"first=|blobs=|printf |sed -i ", one)]
    script = "\n".join(told).replace("/etc/poststelle/environment", str(environment))
    subprocess.run(["sh", "-ec", script], check=True)
    assert environment.read_text().splitlines() == [
        "POSTSTELLE_DATABASE='postgresql://poststelle:x@10.0.0.1:6432/poststelle'",
        "POSTSTELLE_DATABASE_DIRECT='postgresql://poststelle:x@10.0.0.1/poststelle'",
        "POSTSTELLE_BLOBS='s3://bucket/folder?endpoint=https://s3.example.org'",
        "POSTSTELLE_BLOBS_ACCESS_KEY='…'",
        "POSTSTELLE_BLOBS_SECRET_KEY='…'",
    ]


WRAPPER = DEPLOY / "systemd" / "poststelle"
# Root's own may lie where nobody else comes.
PYTHON = sys.executable if os.geteuid() else "/usr/bin/python3"


def wrapped(folder: Path, environment: str, program: str, **places: str) -> Path:
    """The wrapper with its places in ``folder``; ``program`` is what it starts, a shell script."""
    (folder / "environment").write_text(environment)
    (folder / "program").write_text(f"#!/bin/sh\n{program}\n")
    (folder / "program").chmod(0o755)
    told = {"PROGRAM": str(folder / "program"), "ENVIRONMENT": str(folder / "environment")} | places
    text = WRAPPER.read_text()
    for name, value in told.items():
        text, count = re.subn(rf"^{name} = .*$", f'{name} = "{value}"', text, flags=re.MULTILINE)
        assert count == 1
    (folder / "wrapper").write_text(text)
    return folder / "wrapper"


def run_wrapped(wrapper: Path, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "POSTSTELLE_LOG": "json", "OTHER": "x"}
    command = [PYTHON, "-I", str(wrapper), *words]
    return subprocess.run(command, env=environ, check=False, capture_output=True, text=True, **more)


@pytest.mark.skipif(os.geteuid() != 0 or not Path(PYTHON).exists(), reason="changes the user")
def test_a_command_runs_as_the_server_does() -> None:
    """As its user, with what systemd would have read, and what the caller says first; its code is ours."""
    values = r"""
        # a comment; and one that is turned off:
        ;POSTSTELLE_ROLE=web
        POSTSTELLE_DATABASE='postgresql://p:a%40b@localhost/p?x=1&y=2'
        POSTSTELLE_PUBLIC_URL = https://post.\
example.org
        POSTSTELLE_LOG=console
        POSTSTELLE_ADMIN_NAME="Anna \"A\" Berger"
        POSTSTELLE_METRICS_TOKEN=it's\ one
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        wrapper = wrapped(folder, values, 'id -un; umask; echo "$*"; env; exit 7', USER="nobody")
        (folder / "environment").chmod(0o600)
        done = run_wrapped(wrapper, "users", "list", "--a b")
    assert (done.returncode, done.stderr) == (7, "")
    user, mask, words, *lines = done.stdout.splitlines()
    assert (user, mask, words) == ("nobody", "0077", "users list --a b")
    found = dict(line.split("=", 1) for line in lines)
    assert {name: text for name, text in found.items() if name.startswith("POSTSTELLE_")} == {
        "POSTSTELLE_DATA": "/var/lib/poststelle",
        "POSTSTELLE_DATABASE": "postgresql://p:a%40b@localhost/p?x=1&y=2",
        "POSTSTELLE_PUBLIC_URL": "https://post.example.org",
        "POSTSTELLE_LOG": "json",
        "POSTSTELLE_ADMIN_NAME": 'Anna "A" Berger',
        "POSTSTELLE_METRICS_TOKEN": "it's one",
    }
    assert "OTHER" not in found


@pytest.mark.skipif(not Path(PYTHON).exists(), reason="the system has no Python")
def test_who_may_not_read_the_environment_is_told_what_to_do() -> None:
    """In one sentence; nothing was started."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        wrapper = wrapped(folder, "", "echo started", ENVIRONMENT="/proc/1/environ")
        done = run_wrapped(wrapper, "users", "list", **as_nobody())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Only root may read the server's environment: run it with sudo.\n"


@pytest.mark.skipif(not Path(PYTHON).exists(), reason="the system has no Python")
def test_who_may_not_become_the_user_is_told_so() -> None:
    """The environment was readable, so that is not what is said."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        wrapper = wrapped(folder, "", "echo started", USER="root")
        (folder / "environment").chmod(0o644)
        done = run_wrapped(wrapper, "users", "list", **as_nobody())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Only root may become the user root: run it with sudo.\n"


@pytest.mark.skipif(os.geteuid() != 0 or not Path(PYTHON).exists(), reason="changes the user")
def test_a_program_that_cannot_be_started_is_named() -> None:
    """Not the environment, which root has read."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        wrapper = wrapped(folder, "", "echo started", USER="nobody")
        (folder / "program").chmod(0o600)
        done = run_wrapped(wrapper, "users", "list")
    assert (done.returncode, done.stdout) == (2, "")
    named = f"The user nobody can't start {folder / 'program'}: the Python"
    assert done.stderr.startswith(named)


def test_the_wrapper_knows_what_the_units_say() -> None:
    """The same program, user, folder and file."""
    told = dict(re.findall(r'^([A-Z]+) = "(.+)"$', WRAPPER.read_text(), re.MULTILINE))
    for path in (DEPLOY / "systemd").glob("*.service"):
        unit = path.read_text()
        assert f"\nExecStart={told['PROGRAM']} " in unit
        assert f"\nEnvironmentFile={told['ENVIRONMENT']}\n" in unit
        assert f"\nUser={told['USER']}\n" in unit
        assert f"\nEnvironment=POSTSTELLE_DATA={told['DATA']} " in unit
    assert WRAPPER.read_text().startswith(f"#!{Path(told['PROGRAM']).with_name('python')} -I\n")


def test_the_example_is_the_same_to_a_shell_and_to_systemd(tmp_path: Path) -> None:
    """Every line of it, also those that are turned off: somebody will read it with a shell."""
    example = (DEPLOY / "systemd" / "environment.example").read_text()
    lines = re.findall(rf"^#?({PREFIX}\w+=.*)$", example, re.MULTILINE)
    assert len(lines) >= 6
    (tmp_path / "environment").write_text("\n".join(lines))
    loader = SourceFileLoader("wrapper", str(shutil.copy(WRAPPER, tmp_path)))
    spec = spec_from_loader("wrapper", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    shell = subprocess.run(
        ["sh", "-ac", ". ./environment; env"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    by_shell = dict(line.split("=", 1) for line in shell.stdout.splitlines() if line.startswith(PREFIX))
    assert by_shell == module.variables("\n".join(lines))


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
    lines = (DEPLOY / "kubernetes" / "settings.env").read_text().splitlines()
    settings = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
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
    added = labels_of_all()
    pods = {name: labels | added for name, labels in labels_of_pods(MANIFESTS).items()}
    assert labels_of_pods(built) == pods
    # A deployment's selector can't be changed: with another one an update would be refused.
    assert selectors(built) == selectors(MANIFESTS)


def selectors(manifests: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        one["metadata"]["name"]: one["spec"]["selector"] for one in manifests if one["kind"] == "Deployment"
    }
