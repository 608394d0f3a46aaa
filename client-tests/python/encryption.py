"""AWS Encryption SDK messages, read and written as the handler of a custom sender does: with a KMS keyring that takes
one key, by the library of AWS, which asks the KMS calls of the server under test."""

import base64

import aws_encryption_sdk
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import CreateAwsKmsKeyringInput
from aws_encryption_sdk import CommitmentPolicy
from aws_encryption_sdk.identifiers import Algorithm
from botocore.config import Config

from conftest import SESSION

# The policy of AWS's samples: what it reads may lack a key commitment, as the messages of user pools do.
CLIENT = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)


def keyring(endpoint: str, key_arn: str):
    kms = SESSION.client(
        "kms",
        region_name=key_arn.split(":")[3],
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
    return providers.create_aws_kms_keyring(input=CreateAwsKmsKeyringInput(kms_key_id=key_arn, kms_client=kms))


def decrypt(message: str, endpoint: str, key_arn: str) -> tuple[str, dict[str, str]]:
    """The text of a message in base64, and the encryption context that it was encrypted for."""
    text, header = CLIENT.decrypt(source=base64.b64decode(message), keyring=keyring(endpoint, key_arn))
    return text.decode(), dict(header.encryption_context)


def encrypt(text: str, endpoint: str, key_arn: str, context: dict[str, str]) -> str:
    """A message of the suite that user pools use, which a client may write only if it need not commit to its key."""
    client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
    message, _ = client.encrypt(
        source=text,
        keyring=keyring(endpoint, key_arn),
        encryption_context=context,
        algorithm=Algorithm.AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384,
    )
    return base64.b64encode(message).decode()
