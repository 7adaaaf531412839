"""Who is calling, and for whom they may act."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import Forbidden

SERVICE = "shop/service"


@dataclass(frozen=True)
class Caller:
    """Whom the authorizer found in the token: its subject, and its scopes.

    That a token has one of the route's scopes is the authorizer's business. What it cannot see is whose data
    a request is about.
    """

    subject: str
    scopes: frozenset[str]

    def act_for(self, customer_id: str | None) -> None:
        """The shop's services act for every customer, a customer for themselves or for nobody in particular.

        Raises:
            Forbidden: in the same words, whether there is such a customer or not.
        """
        if customer_id not in (None, self.subject) and SERVICE not in self.scopes:
            raise Forbidden("this token is another customer's")
