"""Who is calling, and for whom they may act."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import Forbidden

SERVICE, MARKETING = "shop/service", "shop/marketing"


@dataclass(frozen=True)
class Caller:
    """Whom the authorizer found in the token: its subject, and its scopes.

    That a token has one of the route's scopes is the authorizer's business. What it cannot see is whose data
    a request is about.
    """

    subject: str
    scopes: frozenset[str]

    @property
    def is_customer(self) -> bool:
        """Whether they may see no more than customers do."""
        return not self.scopes & {SERVICE, MARKETING}

    def act_for(self, customer_id: str | None) -> str | None:
        """Whom a request is about: for the shop's services whom they name, for a customer themselves.

        Raises:
            Forbidden: a customer names another; in the same words, whether there is such a customer or not.
        """
        if SERVICE in self.scopes:
            return customer_id
        if customer_id not in (None, self.subject):
            raise Forbidden("this token is another customer's")
        return self.subject
