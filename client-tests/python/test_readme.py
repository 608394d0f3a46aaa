"""The commands that the README shows against a running server work as they stand."""

import os
import re
import shlex
import subprocess
import sys
import textwrap

import pytest

import demo
from invokers import as_lambda, as_webhook, attached, signs_in_by_code
from server import environment, run

README = demo.REPOSITORY / "README.md"
ADDRESS = re.compile(r"https?://(localhost|127\.0\.0\.1):9229")


def client_blocks() -> list[str]:
    """The README's shell blocks that call a running server; those that start or build one are run elsewhere."""
    if not README.exists():
        return []
    blocks = re.findall(r"^```(?:sh|bash|shell|console)\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    calls = [block for block in blocks if re.search(r"^(\$ )?(aws|curl) |\$\((aws|curl) ", block, re.MULTILINE)]
    return [
        re.sub(r"^\$ ", "", block, flags=re.MULTILINE) for block in calls if not re.search(r"\b(cargo|docker) ", block)
    ]


def test_the_readmes_client_commands_work_one_after_the_other(server):
    blocks = client_blocks()
    if not blocks:
        pytest.skip("the README shows no client commands")
    script = ADDRESS.sub(server.url, "\n".join(blocks))
    prelude = f'set -euo pipefail\naws() {{ "{sys.executable}" -m awscli "$@"; }}\n'
    settings = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_PAGER": "",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    ran = subprocess.run(
        ["bash", "-c", prelude + script],
        env=environment(settings),
        cwd=demo.REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_files_that_the_readme_names_are_there():
    if not README.exists():
        pytest.skip("there is no README yet")
    named = set(re.findall(r"(?<![\w/])(?:fixtures|client-tests|server|\.ci)/[\w./-]*\w", README.read_text()))
    # A handler is named after its file.
    files = {path.replace(".handler", ".js") for path in named}
    assert not [path for path in sorted(files) if not (demo.REPOSITORY / path).exists()]


def test_the_seed_that_the_readme_shows_is_one(tmp_path):
    (block,) = re.findall(r"^```yaml\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    seed = tmp_path / "readme.yaml"
    seed.write_text(block)
    ran = run("check", seed)
    assert ran.returncode == 0, ran.stderr


def lambda_blocks():
    """The README's ways to run a function: a process, a command, an address, a Lambda API."""
    section = README.read_text().split("## Lambda triggers\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", section, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for block in blocks]


def test_the_ways_to_run_functions_that_the_readme_shows_work(start_server, processes, posts, tmp_path, monkeypatch):
    process, *servers = lambda_blocks()
    assert len(servers) == 3
    sent = tmp_path / "sent"
    server = start_server()
    script = process.replace(":9229", f":{server.port}").replace("python3 -m", f"exec {sys.executable} -m")
    processes(["bash", "-euc", script], cwd=demo.REPOSITORY, env=environment({"SENT": str(sent)}))
    attached(server, "challenge")
    signs_in_by_code(server, sent, function="challenge")
    monkeypatch.chdir(demo.REPOSITORY)
    for block in servers:
        sent.write_text("")
        for address, answer in (("localhost:8080", as_webhook), ("localhost:4566", as_lambda)):
            if address in block:
                block = block.replace(f"http://{address}", posts(answer("python", sent)).url)
        command = shlex.split(block)
        assert command[:4] == ["cargo", "run", "--release", "--"]
        signs_in_by_code(start_server(*command[4:], env={"SENT": str(sent)}), sent, function="challenge")
