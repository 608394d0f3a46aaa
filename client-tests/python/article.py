#!/usr/bin/env python3
"""Walks through a user pool with the AWS SDK, signs a user in, and lists S3 buckets with credentials for the ID token.

Nothing in it knows of a double: the AWS SDK takes other addresses from its own environment variables,
AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER, AWS_ENDPOINT_URL_COGNITO_IDENTITY and AWS_ENDPOINT_URL_S3.
"""

import argparse
import json
from datetime import datetime

import boto3


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--region", default="us-west-2")
    parser.add_argument("--user-pool-id", default="us-west-2_Demo12345")
    parser.add_argument("--client-id", default="1example23456789localclient")
    parser.add_argument("--identity-pool-id", default="us-west-2:11111111-2222-4333-8444-555555555555")
    parser.add_argument("--username", default="alice")
    parser.add_argument("--password", default="Passw0rd!")
    return parser.parse_args()


def show_user_pools(idp) -> None:
    print("User pools")
    for page in idp.get_paginator("list_user_pools").paginate(MaxResults=60):
        for pool in page["UserPools"]:
            print(f"  {pool['Id']} {pool['Name']}")


def show_clients(idp, user_pool_id: str) -> None:
    print(f"Clients of {user_pool_id}")
    listed = []
    for page in idp.get_paginator("list_user_pool_clients").paginate(UserPoolId=user_pool_id):
        for client in page["UserPoolClients"]:
            print(f"  {client['ClientId']} {client['ClientName']}")
            listed.append(client["ClientId"])
    for client_id in listed:
        described = idp.describe_user_pool_client(UserPoolId=user_pool_id, ClientId=client_id)["UserPoolClient"]
        print(f"Client {client_id}")
        print(json.dumps(described, indent=2, sort_keys=True, default=datetime.isoformat))


def show_identity_providers(idp, user_pool_id: str) -> None:
    print(f"Identity providers of {user_pool_id}")
    providers = idp.list_identity_providers(UserPoolId=user_pool_id)["Providers"]
    for provider in providers:
        print(f"  {provider['ProviderName']} {provider['ProviderType']}")
    if not providers:
        print("  none")
    # The pool itself is the provider COGNITO of its clients, and yet not one that can be described.
    print("Identity provider COGNITO")
    try:
        idp.describe_identity_provider(UserPoolId=user_pool_id, ProviderName="COGNITO")
    except idp.exceptions.ResourceNotFoundException as refusal:
        print(f"  {refusal.response['Error']['Code']}: {refusal.response['Error']['Message']}")


def sign_in(idp, client_id: str, username: str, password: str) -> str:
    print(f"Sign-in of {username}")
    result = idp.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=client_id,
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )["AuthenticationResult"]
    print(f"  {result['TokenType']}, {result['ExpiresIn']} s, ID token of {len(result['IdToken'])} characters")
    return result["IdToken"]


def exchange(identity, identity_pool_id: str, logins: dict[str, str]) -> dict:
    print(f"Identity in {identity_pool_id}")
    identity_id = identity.get_id(IdentityPoolId=identity_pool_id, Logins=logins)["IdentityId"]
    print(f"  {identity_id}")
    print("Credentials")
    credentials = identity.get_credentials_for_identity(IdentityId=identity_id, Logins=logins)["Credentials"]
    print(f"  {credentials['AccessKeyId']} until {credentials['Expiration'].isoformat()}")
    return credentials


def show_buckets(region: str, credentials: dict) -> None:
    print("Buckets")
    s3 = boto3.client(
        "s3",
        region_name=region,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretKey"],
        aws_session_token=credentials["SessionToken"],
    )
    for bucket in s3.list_buckets()["Buckets"]:
        print(f"  {bucket['Name']}")


def main() -> None:
    options = parse_arguments()
    idp = boto3.client("cognito-idp", region_name=options.region)
    identity = boto3.client("cognito-identity", region_name=options.region)

    show_user_pools(idp)
    show_clients(idp, options.user_pool_id)
    show_identity_providers(idp, options.user_pool_id)
    id_token = sign_in(idp, options.client_id, options.username, options.password)
    provider = f"cognito-idp.{options.region}.amazonaws.com/{options.user_pool_id}"
    credentials = exchange(identity, options.identity_pool_id, {provider: id_token})
    show_buckets(options.region, credentials)


if __name__ == "__main__":
    main()
