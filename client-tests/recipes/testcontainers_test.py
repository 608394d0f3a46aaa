"""Testcontainers for Python: the generic container. `--issuer host` since nobody knows the port on the outside beforehand."""

from pathlib import Path

import boto3
import pytest
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy


@pytest.fixture(scope="session")
def cognitwin():
    container = (
        DockerContainer("cognitwin")
        .with_command(["--seed", "/seeds/demo.yaml", "--issuer", "host"])
        .with_volume_mapping(str(Path("fixtures").resolve()), "/seeds")
        .with_exposed_ports(9229)
        .waiting_for(HttpWaitStrategy(9229, "/health"))
    )
    with container:
        yield f"http://{container.get_container_host_ip()}:{container.get_exposed_port(9229)}"


def test_alice_signs_in(cognitwin):
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    idp = boto3.client("cognito-idp", endpoint_url=cognitwin, region_name="us-west-2", **keys)
    parameters = {"USERNAME": "alice", "PASSWORD": "Passw0rd!"}
    client = "1example23456789localclient"
    answer = idp.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=client, AuthParameters=parameters)
    assert answer["AuthenticationResult"]["ExpiresIn"] == 3600
