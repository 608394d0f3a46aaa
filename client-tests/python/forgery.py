"""Tokens that are almost right."""

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa


def forged(token: str, **changes) -> str:
    """`token` with its key id and its claims, `changes` applied, signed by somebody else."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(token, options={"verify_signature": False}) | changes
    kid = jwt.get_unverified_header(token)["kid"]
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid, "typ": None})


def altered(token: str, part: int) -> str:
    """`token` with the first character of one of its parts exchanged."""
    parts = token.split(".")
    parts[part] = ("B" if parts[part][0] == "A" else "A") + parts[part][1:]
    return ".".join(parts)
