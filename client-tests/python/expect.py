"""Assertions that several test files share."""

import re
import time
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
DATES = ("CreationDate", "LastModifiedDate", "UserCreateDate", "UserLastModifiedDate")


@contextmanager
def refused(code, message=None, status=400):
    """The AWS client's call inside is refused with this code and, where one is given, this whole message or pattern."""
    with pytest.raises(ClientError) as caught:
        yield
    response = caught.value.response
    assert response["Error"]["Code"] == code, response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    if isinstance(message, re.Pattern):
        assert message.fullmatch(response["Error"]["Message"]), response["Error"]["Message"]
    elif message is not None:
        assert response["Error"]["Message"] == message


def body(response) -> dict:
    """A client's answer without what botocore adds."""
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 200
    return {k: v for k, v in response.items() if k != "ResponseMetadata"}


def undated(thing: dict) -> dict:
    """`thing` without its dates, which must be of this very moment."""
    for name in DATES:
        if name in thing:
            assert abs(thing[name].timestamp() - time.time()) < 120, (name, thing[name])
    return {k: v for k, v in thing.items() if k not in DATES}


def attributes(listed) -> dict[str, str]:
    """AWS's Name/Value list as a map; a name stands in it once."""
    found = {a["Name"]: a["Value"] for a in listed}
    assert len(found) == len(listed), listed
    return found


def skip_if_not_written(answer_code, operation):
    """An operation of a later stage answers `NotImplementedException`; the rest of such a test waits for it."""
    if answer_code == "NotImplementedException":
        pytest.skip(f"{operation} is not written yet")
