"""The ports on AWS: the only code that calls boto3."""
