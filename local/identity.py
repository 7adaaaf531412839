"""Who may call the local shop: a user pool in emulated Cognito, and tokens from it.

What moto's Cognito lacks is added by ``install``: a user's groups become the scopes of their access tokens,
as a pre-token-generation trigger makes them in Cognito, and a user's ``sub`` is their name, so that a
customer's token says who they are in the shop.
"""

from __future__ import annotations

import uuid
from typing import Any

from local.authorizer import Authorizer
from local.intrinsics import REGION

HOURS = 12
CUSTOMER, SERVICE, MARKETING = "shop/customer", "shop/service", "shop/marketing"


def install() -> None:
    """Changes moto's Cognito in this process; a second call changes nothing more."""
    from moto.cognitoidp.models import CognitoIdpUserPool  # slow, and the shop itself needs none

    CognitoIdpUserPool.create_access_token = _create_access_token


def _create_access_token(self: Any, client_id: str, username: str, origin_jti: str) -> tuple[str, int]:
    scopes = [group.group_name for group in self._get_user(username).groups]
    claims = {"origin_jti": origin_jti, "scope": " ".join(scopes), "sub": username}
    token, expires_in = self.create_jwt(client_id, username, "access", HOURS * 3600, claims)
    self.access_tokens[token] = (client_id, username)
    return token, expires_in


class UserPool:
    """A pool with a group for each scope, and one client, for which its tokens are.

    Args:
        client: a boto3 client of emulated Cognito.
        url: where that is.
    """

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._pool = client.create_user_pool(PoolName="shop")["UserPool"]["Id"]
        self._app = client.create_user_pool_client(
            UserPoolId=self._pool, ClientName="shop", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
        )["UserPoolClient"]["ClientId"]
        for scope in (CUSTOMER, SERVICE, MARKETING):
            client.create_group(UserPoolId=self._pool, GroupName=scope)
        self.authorizer = Authorizer(
            issuer=f"https://cognito-idp.{REGION}.amazonaws.com/{self._pool}",
            audience=(self._app,),
            keys_url=f"{url}/{self._pool}/.well-known/jwks.json",
        )

    def token(self, subject: str, *scopes: str) -> str:
        """An access token for a new user of that name, good for 12 hours."""
        password = f"{uuid.uuid4()}-A"
        user = {"UserPoolId": self._pool, "Username": subject}
        self._client.admin_create_user(**user, MessageAction="SUPPRESS")
        self._client.admin_set_user_password(**user, Password=password, Permanent=True)
        for scope in scopes:
            self._client.admin_add_user_to_group(**user, GroupName=scope)
        answer = self._client.admin_initiate_auth(
            UserPoolId=self._pool,
            ClientId=self._app,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": subject, "PASSWORD": password},
        )
        return str(answer["AuthenticationResult"]["AccessToken"])
