"""The two KMS calls with which the handler of a custom sender decrypts its code."""

import base64
import uuid

import pytest
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError

import encryption
from conftest import aws_client
from expect import body, refused
from wire import assert_headers, assert_refused, call, send, signature

KMS = "TrentService"
REGION = "us-west-2"
CONTEXT = {"userpool-id": "us-west-2_Abcdefghi", "second": "", "dritter": "äöü"}


@pytest.fixture
def kms(connect):
    return connect("kms")


@pytest.fixture
def arn(account) -> str:
    return f"arn:aws:kms:{REGION}:{account}:key/{uuid.uuid4()}"


@pytest.fixture
def blob(kms, arn) -> bytes:
    """A data key of `arn`, encrypted for `CONTEXT`."""
    return kms.generate_data_key(KeyId=arn, KeySpec="AES_256", EncryptionContext=CONTEXT)["CiphertextBlob"]


def kms_call(server, operation, payload, **options):
    """One call as bytes, signed for KMS."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"{KMS}.{operation}"}
    return send(server, body=payload, headers=headers | signature("kms", **options))


def test_a_data_key_is_decrypted_with_its_context_in_any_order(kms, arn):
    made = body(kms.generate_data_key(KeyId=arn, KeySpec="AES_256", EncryptionContext=CONTEXT))
    material = made["KeyMaterialId"]
    assert set(made) == {"CiphertextBlob", "Plaintext", "KeyId", "KeyMaterialId"}
    assert (made["KeyId"], len(made["Plaintext"]), len(material)) == (arn, 32, 64)
    assert set(material) <= set("0123456789abcdef")
    assert made["Plaintext"] not in made["CiphertextBlob"]

    opened = {
        "KeyId": arn,
        "Plaintext": made["Plaintext"],
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "KeyMaterialId": material,
    }
    turned = dict(reversed(CONTEXT.items()))
    assert list(turned) != list(CONTEXT)
    for more in ({}, {"KeyId": arn}, {"KeyId": arn.rpartition("/")[2], "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}):
        answer = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=turned, GrantTokens=[], **more)
        assert body(answer) == opened


@pytest.mark.parametrize(
    ("asked", "length"),
    [
        ({"KeySpec": "AES_128"}, 16),
        ({"KeySpec": "AES_256"}, 32),
        ({"NumberOfBytes": 1}, 1),
        ({"NumberOfBytes": 1024}, 1024),
    ],
)
def test_a_data_key_has_the_length_that_is_asked_for(kms, arn, asked, length):
    made = kms.generate_data_key(KeyId=arn, **asked)
    assert len(made["Plaintext"]) == length
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    assert kms.generate_data_key(KeyId=arn, **asked)["CiphertextBlob"] != made["CiphertextBlob"]


def test_a_key_is_named_by_id_arn_or_alias(kms, account):
    place = f"arn:aws:kms:{REGION}:{account}"

    def key_of(name):
        return kms.generate_data_key(KeyId=name, KeySpec="AES_128")["KeyId"]

    assert key_of("mrk-1234abcd12ab34cd56ef1234567890ab") == f"{place}:key/mrk-1234abcd12ab34cd56ef1234567890ab"
    assert key_of(f"{place}:key/codes") == key_of("codes") == f"{place}:key/codes"
    foreign = f"arn:aws:kms:{REGION}:210987654321:key/codes"
    assert key_of(foreign) == foreign
    # An alias stands for a key, whose ARN is what KMS answers.
    key = key_of("alias/codes")
    assert key == key_of(f"{place}:alias/codes") == key_of(key)
    assert key.startswith(f"{place}:key/") and uuid.UUID(key.rpartition("/")[2])
    assert key not in (key_of("alias/others"), key_of("codes"))

    blob = kms.generate_data_key(KeyId="alias/codes", KeySpec="AES_128")["CiphertextBlob"]
    for name in ("alias/codes", f"{place}:alias/codes", key):
        assert kms.decrypt(CiphertextBlob=blob, KeyId=name)["KeyId"] == key


def test_whoever_has_a_ciphertext_of_another_account_decrypts_it(connect, blob, arn):
    other = connect("kms", account="210987654321")
    assert other.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)["KeyId"] == arn


@pytest.mark.parametrize(
    "context",
    [{}, {"userpool-id": "us-west-2_Abcdefghi"}, CONTEXT | {"more": ""}, CONTEXT | {"second": "2"}],
    ids=["none", "fewer", "more", "other"],
)
def test_a_wrong_context_is_refused_without_a_message(kms, blob, context):
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)


def test_what_is_no_ciphertext_of_this_server_is_refused(server, start_server, account, kms, blob):
    altered = [blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :] for place in (0, 5, 30, 100, len(blob) - 1)]
    cut = [blob[:length] for length in (1, 5, 6, 7, 40, len(blob) - 1)]
    for wrong in [*altered, *cut, blob + b"\0", b"\x01\x02\x01\x00\x78\xff\xff", b"garbage", b"\0" * 6144]:
        with pytest.raises(kms.exceptions.InvalidCiphertextException):
            kms.decrypt(CiphertextBlob=wrong, EncryptionContext=CONTEXT)
    # On the wire there is no message at all.
    payload = b'{"CiphertextBlob": "%s"}' % base64.b64encode(blob)
    answer = kms_call(server, "Decrypt", payload)
    assert (answer.status, answer.json) == (400, {"__type": "InvalidCiphertextException"})
    assert_headers(answer, {"x-amzn-errortype": "InvalidCiphertextException:"})
    # The same key of another server is another key.
    other = aws_client(start_server(), "kms", account=account)
    with refused("InvalidCiphertextException", ""):
        other.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)


def test_a_ciphertext_of_another_key_is_refused(kms, blob, arn):
    message = "The key ID in the request does not identify a CMK that can perform this operation."
    for name in (str(uuid.uuid4()), "alias/codes", arn.replace(arn.split(":")[4], "210987654321")):
        with refused("IncorrectKeyException", message):
            kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT, KeyId=name)


def test_a_ciphertext_of_another_region_is_refused(connect, blob, arn):
    elsewhere = connect("kms", region="eu-west-1")
    message = (
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, "
        "or you are not allowed to access."
    )
    with refused("AccessDeniedException", message):
        elsewhere.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)
    with refused("NotFoundException", f"Invalid arn {REGION}"):
        elsewhere.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT, KeyId=arn)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no key", "Invalid keyId 'no key'"),
        ("Schlüssel", "Invalid keyId 'Schlüssel'"),
        ("key/codes", "Invalid keyId 'key/codes'"),
        ("arn:aws:kms:eu-west-1:123456789012:key/codes", "Invalid arn eu-west-1"),
        ("arn:aws:kms:us-west-2:123456789012:key/", "Invalid keyId ''"),
        ("arn:aws:kms:us-west-2:123456789012:codes", "Invalid arn arn:aws:kms:us-west-2:123456789012:codes"),
        ("arn:aws:kms:us-west-2:1234:key/codes", "Invalid arn arn:aws:kms:us-west-2:1234:key/codes"),
        ("arn:aws:s3:::bucket/codes", "Invalid arn arn:aws:s3:::bucket/codes"),
        ("arn:", "Invalid arn arn:"),
        ("alias/", "Alias arn:aws:kms:us-west-2:123456789012:alias/ is not found."),
        (
            "arn:aws:kms:us-west-2:123456789012:alias/a b",
            "Alias arn:aws:kms:us-west-2:123456789012:alias/a b is not found.",
        ),
    ],
)
def test_what_cannot_be_a_key_is_not_found(connect, name, message):
    kms = connect("kms", account="123456789012")
    with refused("NotFoundException", message):
        kms.generate_data_key(KeyId=name, KeySpec="AES_256")
    with refused("NotFoundException", message):
        kms.decrypt(KeyId=name, CiphertextBlob=b"any")


KEY_SPECS = (
    "[RSA_2048, ECC_NIST_P384, ECC_NIST_P256, ECC_NIST_P521, HMAC_384, RSA_3072, ECC_SECG_P256K1, RSA_4096, "
    "SYMMETRIC_DEFAULT, HMAC_256, HMAC_224, HMAC_512]"
)
ENUM = "failed to satisfy constraint: Member must satisfy enum value set: "


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"KeySpec": "AES-256"}, f"Value 'AES-256' at 'keySpec' {ENUM}{KEY_SPECS}"),
        (
            {"NumberOfBytes": 0},
            "Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1",
        ),
        (
            {"NumberOfBytes": 1025},
            "Value '1025' at 'numberOfBytes' failed to satisfy constraint: "
            "Member must have value less than or equal to 1024",
        ),
        (
            {"KeyId": None, "KeySpec": "AES_256"},
            "Value null at 'keyId' failed to satisfy constraint: Member must not be null",
        ),
        (
            {"KeyId": "", "KeySpec": "AES_256"},
            "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
    ],
)
def test_a_broken_constraint_of_generate_data_key_is_told(kms, members, message):
    with refused("ValidationException", f"1 validation error detected: {message}"):
        kms.generate_data_key(**{"KeyId": "codes"} | members)


@pytest.mark.parametrize("members", [{}, {"KeySpec": "AES_256", "NumberOfBytes": 32}])
def test_a_data_key_wants_a_spec_or_a_length(kms, members):
    with refused("ValidationException", "Please specify either number of bytes or key spec."):
        kms.generate_data_key(KeyId="codes", **members)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null"),
        (
            {"CiphertextBlob": b""},
            "Value 'java.nio.HeapByteBuffer[pos=0 lim=0 cap=0]' at 'ciphertextBlob' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ),
        (
            {"CiphertextBlob": b"x" * 6145},
            "Value 'java.nio.HeapByteBuffer[pos=0 lim=6145 cap=6145]' at 'ciphertextBlob' failed to satisfy constraint: "
            "Member must have length less than or equal to 6144",
        ),
        (
            {"CiphertextBlob": b"x", "EncryptionAlgorithm": "ROT13"},
            f"Value 'ROT13' at 'encryptionAlgorithm' {ENUM}"
            "[SYMMETRIC_DEFAULT, RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE]",
        ),
    ],
)
def test_a_broken_constraint_of_decrypt_is_told(kms, members, message):
    with refused("ValidationException", f"1 validation error detected: {message}"):
        kms.decrypt(**members)


def test_an_algorithm_for_other_keys_is_refused(kms, blob):
    message = "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT."
    with refused("InvalidKeyUsageException", message):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT, EncryptionAlgorithm="RSAES_OAEP_SHA_256")


def test_tokens_of_grants_are_refused_since_nobody_can_make_a_grant(kms, blob, arn):
    with refused("InvalidGrantTokenException", ""):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT, GrantTokens=["token"])
    with refused("InvalidGrantTokenException", ""):
        kms.generate_data_key(KeyId=arn, KeySpec="AES_256", GrantTokens=["token"])


def test_an_enclave_is_refused(kms, blob, arn):
    recipient = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"document"}
    message = "Recipient is not implemented by Cognitwin yet"
    with refused("NotImplementedException", message, status=501):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT, Recipient=recipient)
    with refused("NotImplementedException", message, status=501):
        kms.generate_data_key(KeyId=arn, KeySpec="AES_256", Recipient=recipient)


def test_a_dry_run_tells_what_the_call_would_do(kms, blob, arn):
    message = "The request would have succeeded, but the DryRun option is set."
    right = {"CiphertextBlob": blob, "EncryptionContext": CONTEXT, "DryRun": True}
    with refused("DryRunOperationException", message):
        kms.generate_data_key(KeyId=arn, KeySpec="AES_256", DryRun=True)
    with refused("DryRunOperationException", message):
        kms.decrypt(**right)
    assert kms.decrypt(**right | {"DryRun": False})["KeyId"] == arn
    with refused("ValidationException", "Please specify either number of bytes or key spec."):
        kms.generate_data_key(KeyId=arn, DryRun=True)
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(**right | {"EncryptionContext": {}})

    blind = {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
    with refused("DryRunOperationException", message):
        kms.decrypt(KeyId=arn, **blind)
    null = "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null"
    with refused("ValidationException", null):
        kms.decrypt(**blind)
    # The modifier is one of dry runs only.
    assert kms.decrypt(**right | blind | {"DryRun": False})["KeyId"] == arn


@pytest.mark.parametrize("operation", ["CreateKey", "Encrypt", "DescribeKey", "decrypt", ""])
def test_any_other_operation_is_unknown(server, operation):
    answer = kms_call(server, operation, b"{}")
    assert (answer.status, answer.json) == (400, {"__type": "UnknownOperationException"})
    assert_headers(answer, {"x-amzn-errortype": "UnknownOperationException:"})


@pytest.mark.parametrize("operation", ["Decrypt", "GenerateDataKey"])
def test_a_call_wants_a_signature_and_an_object(server, operation):
    unsigned = call(server, operation, {}, service=KMS, signed=False)
    assert_refused(unsigned, "MissingAuthenticationTokenException", "Missing Authentication Token")
    for payload in (b"[]", b"{", b'"text"'):
        answer = kms_call(server, operation, payload)
        assert (answer.status, answer.json) == (400, {"__type": "SerializationException"})
    wrong = kms_call(server, operation, b'{"KeyId": 5}')
    assert_refused(wrong, "SerializationException", "NUMBER_VALUE can not be converted to a String")


def test_the_log_names_the_call_and_no_key(start_server):
    server = start_server()
    kms = aws_client(server, "kms")
    made = kms.generate_data_key(KeyId="codes", KeySpec="AES_256")
    kms.decrypt(CiphertextBlob=made["CiphertextBlob"])
    with refused("InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=b"garbage")
    lines = [line for line in server.log().splitlines() if 'service="kms"' in line]
    assert ['operation="GenerateDataKey"' in line for line in lines] == [True, False, False]
    assert ["InvalidCiphertextException" in line for line in lines] == [False, False, True]
    for secret in (made["Plaintext"], made["CiphertextBlob"]):
        assert base64.b64encode(secret).decode() not in server.log() and secret.hex() not in server.log()


def test_the_encryption_sdk_reads_what_it_wrote_with_a_key_of_the_server(server, arn):
    context = {"userpool-id": "us-west-2_Abcdefghi"}
    message = encryption.encrypt("123456", server.url, arn, context)
    # The beginning of every code of a user pool: the format and the suite.
    assert message.startswith("AYADe")
    text, seen = encryption.decrypt(message, server.url, arn)
    assert text == "123456"
    assert set(seen) == {"aws-crypto-public-key", "userpool-id"}
    assert seen["userpool-id"] == context["userpool-id"]


def test_the_encryption_sdk_does_not_read_with_another_key(server, arn):
    message = encryption.encrypt("123456", server.url, arn, {})
    other = arn.rpartition("/")[0] + f"/{uuid.uuid4()}"
    with pytest.raises(AWSEncryptionSDKClientError, match="No Encrypted Data Keys found to match"):
        encryption.decrypt(message, server.url, other)
