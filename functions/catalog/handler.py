"""PUT and GET /products, PUT /articles, PUT and GET /merchandising: the shop's own facts and rules."""

from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Path
from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.cataloguing import ArticleBatch, Catalogued, ProductBatch
from shopwright.gaps import Gaps
from shopwright.http import resolver
from shopwright.merchandising import Rules
from shopwright.observability import logger
from shopwright.products import Product

app = resolver()
bootstrap.before_snapshot(bootstrap.cataloguing, bootstrap.merchandising, bootstrap.article_gaps)


@app.put("/products", summary="Store products", tags=["catalogue"])
def put_products(batch: Annotated[ProductBatch, Body()]) -> Catalogued:
    """Up to 100 products in the words of Google's feed; each is checked, embedded and indexed."""
    return bootstrap.cataloguing().put_products(batch.products, now=datetime.now(UTC))


@app.get("/products/<product_id>", summary="Read a product", tags=["catalogue"])
def get_product(product_id: Annotated[str, Path()]) -> Product:
    """The product as it was stored."""
    return bootstrap.catalog().product(product_id)


@app.put("/articles", summary="Store articles", tags=["catalogue"])
def put_articles(batch: Annotated[ArticleBatch, Body()]) -> Catalogued:
    """Up to 100 policies or frequent questions; each paragraph is embedded and indexed."""
    return bootstrap.cataloguing().put_articles(batch.articles)


@app.get("/articles/gaps", summary="Read which articles are worth writing", tags=["catalogue"])
def get_article_gaps() -> Gaps:
    """What two customers or more asked and the shop could not answer, grouped; made anew each week."""
    return bootstrap.article_gaps().read()


@app.get("/merchandising", summary="Read the shop's rules", tags=["catalogue"])
def get_merchandising() -> Rules:
    """The rules that shape recommendations, as they stand."""
    return bootstrap.merchandising().rules()


@app.put("/merchandising", summary="Set the shop's rules", tags=["catalogue"])
def put_merchandising(rules: Annotated[Rules, Body()]) -> Rules:
    """Up to 100 rules that pin, boost, bury or cap what is recommended; they replace those before."""
    return bootstrap.merchandising().put(rules)


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
