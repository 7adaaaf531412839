"""The errors this package raises on purpose.

    ShopwrightError
    ├── InvalidInput          the caller's fault: names the field (422)
    │   └── NotAvailableIn    the product has no text in the language asked for (422)
    ├── Forbidden             the caller may not do this for that customer (403)
    ├── NotFound              no such product, trait, ... (404)
    ├── TooManyRequests       a customer's allowance is used up for now (429)
    ├── Conflict              somebody else changed it meanwhile; safe to try again (409)
    ├── StoreUnavailable      DynamoDB, SQS, S3 or SageMaker's jobs throttled us or are down (503)
    └── ModelError            a model gave no usable answer; callers take the next rung
        ├── ModelUnavailable  endpoint down, waking, throttled, or it did not answer in time
        ├── ModelRefused      the endpoint called our request wrong (a bug or a limit, not an outage)
        └── ModelAnswerInvalid  it answered something that is not the wire contract

`http.py` is the only place where these become status codes.
"""


class ShopwrightError(Exception):
    """Base of all of them. The message is written for the caller and holds no personal data."""


class InvalidInput(ShopwrightError):
    """The input breaks a rule. `field` is where, in dotted form (`events.3.items`)."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


class NotAvailableIn(InvalidInput):
    """The product's facts are not stated in the language asked for."""


class Forbidden(ShopwrightError):
    """The caller may not do this."""


class NotFound(ShopwrightError):
    """What was asked for is not there."""


class TooManyRequests(ShopwrightError):
    """An allowance is used up. `retry_after` is in how many seconds there is a new one."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Conflict(ShopwrightError):
    """The item changed between reading and writing; nothing was written."""


class StoreUnavailable(ShopwrightError):
    """The store could not do it now; nothing was written by the call that failed."""


class ModelError(ShopwrightError):
    """A model gave nothing usable."""


class ModelUnavailable(ModelError):
    """No answer in time, or the endpoint is down, starting or overloaded."""


class ModelRefused(ModelError):
    """The endpoint refused the request as invalid."""


class ModelAnswerInvalid(ModelError):
    """The endpoint's answer does not follow the wire contract."""
