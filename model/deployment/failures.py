"""What AWS refuses, in plain words."""

from __future__ import annotations

import botocore.exceptions

_NO_CREDENTIALS = (botocore.exceptions.NoCredentialsError, botocore.exceptions.PartialCredentialsError)
_NOT_THERE = {"ObjectNotFoundException", "ResourceNotFound", "ResourceNotFoundException"}
_CREDENTIALS = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
}


def explained(error: Exception) -> str:
    """A failure of AWS or of the way there, with what to do about it."""
    if isinstance(error, _NO_CREDENTIALS):
        return "no AWS credentials: set AWS_PROFILE, or sign in (aws sso login), and try again"
    if not isinstance(error, botocore.exceptions.ClientError):
        return f"AWS cannot be reached: {error}"
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code in ("ResourceLimitExceeded", "LimitExceededException", "LimitExceeded"):
        return f"a quota of the account is exceeded: {message} (ask for more in Service Quotas, or take less)"
    if code.startswith("AccessDenied"):
        return f"not allowed: {message} (--iam prints the permissions that are needed)"
    if code in _CREDENTIALS:
        return f"AWS does not take these credentials ({code}): sign in again"
    return f"{error.operation_name}: {code}: {message}"


def not_there(operation: str, error: botocore.exceptions.ClientError) -> bool:
    """Whether AWS says that there is no such thing."""
    code = error.response["Error"]["Code"]
    # SageMaker has no code of its own for this: a name in the right shape that it refuses is one it lacks.
    return code in _NOT_THERE or (operation.startswith("Describe") and code == "ValidationException")
