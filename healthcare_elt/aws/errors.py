"""What AWS's refusals mean, in words of ours: which setting is wrong, or what to grant.

Here belongs every error of botocore, known by its name or code, so that nothing heavy is imported. AWS's own texts name
accounts and keys, so none of them is passed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NEEDED = {
    "ListObjectsV2": "s3:ListBucket",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "ListParts": "s3:ListMultipartUploadParts",
    "GetObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "DeleteObject": "s3:DeleteObject",
    "ReceiveMessage": "sqs:ReceiveMessage",
    "DeleteMessageBatch": "sqs:DeleteMessage",
    "GetParameter": "ssm:GetParameter",
    "GetSecretValue": "secretsmanager:GetSecretValue",
    "Publish": "sns:Publish",
}
"""The action that each operation of ours needs; the policies in deploy/aws grant these and no others."""

_AGAIN = "and run again"
_EXPIRED = (
    "the credentials have expired; renew them by `aws sso login` for AWS_PROFILE, or set AWS_ACCESS_KEY_ID, "
    f"AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew, {_AGAIN}"
)
_UNKNOWN_KEY = f"AWS does not know the access key; correct AWS_ACCESS_KEY_ID or AWS_PROFILE {_AGAIN}"
_WRONG_SECRET = (
    f"the secret key does not fit the access key; correct AWS_SECRET_ACCESS_KEY or the profile of AWS_PROFILE {_AGAIN}"
)
_CLOCK = f"this machine's clock is wrong; set it by network time {_AGAIN}"
_BUSY = "AWS stays too busy to answer after many attempts; run again later"
_NETWORK = f"AWS cannot be reached; look at the network, its proxy and AWS_ENDPOINT_URL, {_AGAIN}"
_NO_CREDENTIALS = (
    f"no credentials of AWS were found; set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give the machine a role, {_AGAIN}"
)
_CHANGED = f"bytes were changed on their way; look for a proxy that changes them {_AGAIN}"

_BY_CODE = {
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"), _EXPIRED),
    **dict.fromkeys(
        ("InvalidAccessKeyId", "UnrecognizedClientException", "InvalidClientTokenId", "InvalidToken"), _UNKNOWN_KEY
    ),
    **dict.fromkeys(("SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"), _WRONG_SECRET),
    **dict.fromkeys(("RequestTimeTooSkewed", "RequestInTheFuture"), _CLOCK),
    **dict.fromkeys(("BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch"), _CHANGED),
    "ConditionalRequestConflict": "another process writes the same key; run again",
}
_REGION_CODES = (
    "PermanentRedirect", "301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException",
)  # fmt: skip
_BUSY_CODES = (
    "SlowDown", "503", "ServiceUnavailable", "InternalError", "500", "RequestTimeout", "Throttling",
    "ThrottlingException", "TooManyRequestsException", "OperationAborted",
)  # fmt: skip
_BY_NAME = {
    **dict.fromkeys(("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"), _NO_CREDENTIALS),
    **dict.fromkeys(
        ("UnauthorizedSSOTokenError", "SSOTokenLoadError", "TokenRetrievalError", "LoginRefreshRequired"), _EXPIRED
    ),
    "ProfileNotFound": f"AWS_PROFILE names a profile that is not there; correct it {_AGAIN}",
    "NoRegionError": f"no region is set; set AWS_DEFAULT_REGION {_AGAIN}",
    "SSLError": f"the certificate of AWS is not trusted here; set AWS_CA_BUNDLE or mend AWS_ENDPOINT_URL {_AGAIN}",
    "FlexibleChecksumError": _CHANGED,
    **dict.fromkeys(("HTTPClientError", "ConnectionError", "ReadTimeoutError", "IncompleteReadError"), _NETWORK),
}


@contextmanager
def told_as(kind: type[Exception], what: str, setting: str = "") -> Iterator[None]:
    """Turn AWS's errors into one of ours: `what` happened, why, and what to do.

    Args:
        setting: the variable that names the bucket, where one is talked to.
    """
    try:
        yield
    except Exception as error:
        if not is_of_aws(error):
            raise
        raise kind(f"{what}: {cause(error, setting)}.") from None


def is_of_aws(error: BaseException) -> bool:
    return "botocore.exceptions" in {base.__module__ for base in type(error).__mro__}


def is_busy(error: BaseException) -> bool:
    """True if AWS answered that it has too much to do, or that another process is at work there."""
    return code(error) in (*_BUSY_CODES, "ConditionalRequestConflict")


def code(error: BaseException) -> str:
    """AWS's own name of the error; empty if it never answered."""
    response: dict[str, Any] = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def cause(error: BaseException, setting: str = "") -> str:
    """Why, and what to do, without a full stop."""
    if answered := code(error):
        return _of_code(answered, error, setting)
    names = [base.__name__ for base in type(error).__mro__]
    known = next((_BY_NAME[name] for name in names if name in _BY_NAME), None)
    return known or f"botocore stopped with {names[0]}; correct the AWS_* variables and settings of AWS {_AGAIN}"


def _of_code(answered: str, error: Any, setting: str) -> str:
    if answered in _BY_CODE:
        return _BY_CODE[answered]
    if answered in _BUSY_CODES:
        return _BUSY
    if answered in _REGION_CODES:
        return (
            f"the bucket is in another region; set AWS_DEFAULT_REGION{_region(error)}, or correct {setting}, {_AGAIN}"
        )
    if answered in ("NoSuchBucket", "InvalidBucketName"):
        return f"there is no such bucket; create it or correct {setting} {_AGAIN}"
    if answered.endswith(("NonExistentQueue", "QueueDoesNotExist")):
        return f"there is no such queue; create it or correct {setting} {_AGAIN}"
    if answered.startswith("KMS.") or re.search(r"\bkms:[A-Z]", str(error)):
        correct = "correct HEALTHCARE_ELT_KMS_KEY_ID or " if setting else ""
        grant = "grant kms:GenerateDataKey and kms:Decrypt on it to this user or role (deploy/aws)"
        return f"the KMS key cannot be used; {correct}{grant} {_AGAIN}"
    action = NEEDED.get(error.operation_name, error.operation_name)
    if answered in ("AccessDenied", "AccessDeniedException", "AuthorizationError", "AllAccessDisabled", "403"):
        return f"it is not allowed; grant {action} there to this user or role (deploy/aws) {_AGAIN}"
    return f"AWS refused {action} with {answered}; look that word up in the documentation of AWS {_AGAIN}"


def _region(error: Any) -> str:
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    found = error.response["Error"].get("Region") or headers.get("x-amz-bucket-region")
    return f" to {found}" if found else ""
