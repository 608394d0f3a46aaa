"""The recipes for test suites in other languages do what they say, each in a project of its own."""

import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import yaml

import demo
from server import binary, environment, run

RECIPES = demo.REPOSITORY / "client-tests/recipes"
CLIENTS = demo.REPOSITORY / "client-tests/js/node_modules"

# What JUnit does with the recipe's class, by annotations of the same names.
JUNIT = """
package org.junit.jupiter.api;
import java.lang.annotation.*;
import java.lang.reflect.*;
public class Runner {
    static void invoke(Class<?> of, Object on, Class<? extends Annotation> kind) throws Exception {
        int count = 0;
        for (Method method : of.getDeclaredMethods()) {
            if (method.isAnnotationPresent(kind)) {
                method.setAccessible(true);
                method.invoke(on);
                count++;
            }
        }
        System.out.println(kind.getSimpleName() + " " + count);
    }
    public static void main(String[] names) throws Exception {
        Class<?> of = Class.forName(names[0]);
        Constructor<?> make = of.getDeclaredConstructor();
        make.setAccessible(true);
        Object on = make.newInstance();
        invoke(of, null, BeforeAll.class);
        try {
            invoke(of, on, BeforeEach.class);
            invoke(of, on, Test.class);
        } finally {
            invoke(of, null, AfterAll.class);
        }
    }
}
"""
ANNOTATION = "package org.junit.jupiter.api; import java.lang.annotation.*; @Retention(RetentionPolicy.RUNTIME) public @interface {} {{}}"
ASSERTIONS = """
package org.junit.jupiter.api;
public class Assertions {
    public static void assertEquals(int wanted, int found) {
        if (wanted != found) throw new AssertionError(wanted + " was wanted, not " + found);
    }
}
"""


@pytest.fixture
def project(tmp_path):
    """A folder with the demo's seed in it, where `cognitwin` is a command: runs others there."""
    folder = tmp_path / "project"
    (folder / "fixtures").mkdir(parents=True)
    shutil.copy(demo.SEED, folder / "fixtures")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/cognitwin").symlink_to(Path(binary()).resolve())
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"

    def run_there(*command, recipe=None, expect=0):
        if recipe:
            shutil.copy(RECIPES / recipe, folder)
        settings = environment({"PATH": path, "NO_COLOR": "1", "AWS_EC2_METADATA_DISABLED": "true"})
        ran = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, timeout=120)
        assert ran.returncode == expect, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr

    run_there.folder = folder
    return run_there


def flags_of(command):
    return [flag for flag in command if flag.startswith("--")]


def assert_flags(command):
    known = run("--help").stdout
    assert flags_of(command) and all(re.search(rf"^\s+{flag}\b", known, re.MULTILINE) for flag in flags_of(command))


def test_pytest(project):
    told = project(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", recipe="test_sign_in.py")
    assert re.search(r"^1 passed", told, re.MULTILINE), told


def test_a_recipe_that_finds_another_user_fails(project):
    """What these tests report as passed has asked the server."""
    seed = project.folder / "fixtures/demo.yaml"
    seed.write_text(seed.read_text().replace("Password: Passw0rd!", "Password: An0ther-word"))
    told = project(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", recipe="test_sign_in.py", expect=1)
    assert "Incorrect username or password." in told


def test_vitest(project):
    (project.folder / "node_modules").symlink_to(CLIENTS)
    told = project("node", "node_modules/vitest/vitest.mjs", "run", recipe="sign_in.test.ts")
    assert re.search(r"Tests .*1 passed", told), told


@pytest.mark.skipif(not shutil.which("javac"), reason="there is no Java here")
def test_junit(project):
    package = project.folder / "org/junit/jupiter/api"
    package.mkdir(parents=True)
    for name in ("AfterAll", "BeforeAll", "BeforeEach", "Test"):
        (package / f"{name}.java").write_text(ANNOTATION.format(name))
    (package / "Assertions.java").write_text(ASSERTIONS)
    (package / "Runner.java").write_text(JUNIT)
    project("javac", "-Xlint:all", "-Werror", "-d", "classes", "SignInTest.java", *map(str, package.glob("*.java")), recipe="SignInTest.java")
    told = project("java", "-cp", "classes", "org.junit.jupiter.api.Runner", "SignInTest")
    assert told.split("\n")[:-1] == ["BeforeAll 1", "BeforeEach 1", "Test 1", "AfterAll 1"]


@pytest.mark.skipif(not shutil.which("go"), reason="there is no Go here")
def test_go(project):
    (project.folder / "go.mod").write_text("module demo\n\ngo 1.19\n")
    assert re.match(r"ok\s+demo", project("go", "test", "./...", recipe="sign_in_test.go"))
    assert project("gofmt", "-l", ".") == ""


def test_docker_compose(start_server, tmp_path):
    recipe = yaml.safe_load((RECIPES / "compose.yaml").read_text())
    service, app = recipe["services"]["cognitwin"], recipe["services"]["app"]
    command = service["command"]
    assert_flags(command)
    for volume in service["volumes"]:
        host, container = volume.split(":")[:2]
        path = demo.REPOSITORY / host if host.startswith(".") else tmp_path / host
        command = [part.replace(container, str(path)) for part in command]
        assert host.startswith(".") or host in recipe["volumes"]
    # The image's own address and port.
    dockerfile = (demo.REPOSITORY / "Dockerfile").read_text()
    (published,) = service["ports"]
    assert f"EXPOSE {published.split(':')[1]}\n" in dockerfile and "HEALTHCHECK" in dockerfile
    assert app["depends_on"] == {"cognitwin": {"condition": "service_healthy"}}
    server = start_server(*command, env=service["environment"])
    assert sign_in(server.url, app["environment"])["AuthenticationResult"]["ExpiresIn"] == 3600
    assert (tmp_path / "state/cognitwin.redb").exists()


def sign_in(url, variables):
    """With the variables of a recipe, as boto3 reads them."""
    variables = {name: re.sub(r"http://\w+:9229", url, value) for name, value in variables.items()}
    assert url in variables.values()
    code = f"""
import boto3, json
keys = {{"USERNAME": "alice", "PASSWORD": "Passw0rd!"}}
answer = boto3.client("cognito-idp").initiate_auth(
    AuthFlow="USER_PASSWORD_AUTH", ClientId="{demo.CLIENT_ID}", AuthParameters=keys)
print(json.dumps(answer))
"""
    ran = subprocess.run([sys.executable, "-c", code], env=environment(variables), capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return yaml.safe_load(ran.stdout)


def test_github_actions(start_server, project):
    job = yaml.safe_load((RECIPES / "github-actions.yaml").read_text())["jobs"]["tests"]
    known = run("--help").stdout
    service = job["services"]["cognitwin"]
    assert all(name in known for name in service["env"])
    with urllib.request.urlopen(f"{start_server('--seed', demo.SEED).url}/_cognitwin/snapshot") as snapshot:
        (project.folder / "fixtures/cognito.json").write_bytes(snapshot.read())
    server = start_server(env=service["env"])
    (published,) = service["ports"]
    assert published == "9229:9229"
    variables = {name: value.replace("http://localhost:9229", server.url) for name, value in job["env"].items()}
    checkout, *steps = job["steps"]
    assert checkout["uses"].startswith("actions/checkout@")
    script = f'set -eu\naws() {{ "{sys.executable}" -m awscli "$@"; }}\n' + "\n".join(step["run"] for step in steps)
    ran = subprocess.run(
        ["bash", "-c", script], cwd=project.folder, env=environment(variables), capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    assert demo.POOL_ID in ran.stdout
    assert sign_in(server.url, job["env"])["AuthenticationResult"]["ExpiresIn"] == 3600


# The container's part is played by the command, with what the recipe told the container.
WITHOUT_DOCKER = """
import subprocess
from pathlib import Path
import pytest
from testcontainers.core import container

container.DockerClient = lambda **options: None

class Process:
    def __enter__(self):
        seeds = {bound["bind"]: host for host, bound in self.volumes.items()}
        # Docker takes any other for the name of a volume.
        assert Path(seeds["/seeds"]).is_absolute() and list(self.ports) == ["9229"]
        command = [part.replace("/seeds", seeds["/seeds"]) for part in self._command]
        self.process = subprocess.Popen(["cognitwin", "--port", "0", *command], stdout=subprocess.PIPE, text=True)
        self.port = self.process.stdout.readline().split(":")[-1].strip()
        return self
    def __exit__(self, *problem):
        self.process.terminate()
        self.process.wait()
    def get_container_host_ip(self):
        return "127.0.0.1"
    def get_exposed_port(self, port):
        assert port == 9229
        return self.port

for name, method in list(vars(Process).items()):
    if callable(method):
        setattr(container.DockerContainer, name, method)
"""


def test_testcontainers_for_python(project):
    (project.folder / "conftest.py").write_text(WITHOUT_DOCKER)
    told = project(
        sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "testcontainers_test.py", recipe="testcontainers_test.py"
    )
    assert re.search(r"^1 passed", told, re.MULTILINE), told


@pytest.mark.skipif(not shutil.which("javac"), reason="there is no Java here")
def test_testcontainers_for_java_is_java(project):
    """Its library is not here: all that the compiler misses is of it."""
    shutil.copy(RECIPES / "CognitwinContainer.java", project.folder)
    ran = subprocess.run(
        ["javac", "-Xmaxerrs", "1000", "CognitwinContainer.java"], cwd=project.folder, capture_output=True, text=True, timeout=60
    )
    errors = re.findall(r"error: (.*)", ran.stdout + ran.stderr)
    assert errors and all(re.match(r"package org\.testcontainers\S* does not exist|cannot find symbol", it) for it in errors), errors
    command = re.search(r"withCommand\((.*)\)", (RECIPES / "CognitwinContainer.java").read_text())[1]
    assert_flags(re.findall(r'"(.*?)"', command))


def test_the_readme_names_every_recipe():
    readme = (demo.REPOSITORY / "README.md").read_text()
    assert [it.name for it in RECIPES.iterdir() if f"client-tests/recipes/{it.name}" not in readme] == []
