"""A small made-up shop to recommend from: in memory, with vectors made of words."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shopwright.affinity import increments
from shopwright.corrections import Correction
from shopwright.events import Event
from shopwright.neighbour_refresh import NeighbourRefresh
from shopwright.products import Product, embedding_text
from shopwright.profiles import Profiles
from shopwright.recommendations import Placement, Recommendations, Recommender
from tests.unit.fakes import InMemoryCatalog, InMemoryCustomers, InMemoryQueue, ScriptedModel, toy_vector

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)

# Words are what makes these alike: "aurora" phones and their cases, "assam" and "darjeeling" black teas.
PRODUCTS = [
    ("aurora-1", "Aurora 1 phone", "Phones > Smartphones", "Aurora"),
    ("aurora-2", "Aurora 2 phone", "Phones > Smartphones", "Aurora"),
    ("boreas-1", "Boreas 1 phone", "Phones > Smartphones", "Boreas"),
    ("case-1", "Case for Aurora 1 phone", "Phones > Cases", "Aurora"),
    ("case-2", "Case for Aurora 2 phone", "Phones > Cases", "Aurora"),
    ("charger", "Charger 30 W", "Phones > Chargers", "Boreas"),
    ("assam", "Assam black tea", "Tea > Black", "Leaf"),
    ("darjeeling", "Darjeeling black tea", "Tea > Black", "Leaf"),
    ("sencha", "Sencha green tea", "Tea > Green", "Leaf"),
    ("teapot", "Teapot", "Tea > Teaware", "Clay"),
    ("kettle", "Kettle", "Kitchen > Kettles", "Clay"),
    ("lamp", "Lamp", "Home > Lamps", "Lux"),
]


def product(product_id: str, title: str, product_type: str, brand: str, **more: Any) -> Product:
    fields = {"id": product_id, "title": title, "product_type": product_type, "brand": brand, **more}
    return Product.model_validate({"price": "10.00 CNY", **fields})


class Shop:
    """The sample shop with what its customers did; `learn` recounts neighbours."""

    def __init__(self) -> None:
        self.customers = InMemoryCustomers()
        self.catalog = InMemoryCatalog()
        self.put(*(product(*fields) for fields in PRODUCTS))
        self._count = 0

    def put(self, *products: Product) -> None:
        vectors = [toy_vector(embedding_text(each)) for each in products]
        self.catalog.put_products(products, vectors, "toy")

    def does(self, customer: str, name: str, *items: str, hours_ago: float = 24, **more: Any) -> str:
        self._count += 1
        event = Event.model_validate(
            {
                "event_id": f"e-{self._count:04}",
                "event_name": name,
                "event_time": NOW - timedelta(hours=hours_ago) + timedelta(seconds=self._count),
                "customer_id": customer,
                "items": [{"item_id": item} for item in items],
                **more,
            }
        )
        added = increments(event, self.catalog.products(items))
        self.customers.add_event(event, added, NOW)
        return event.event_id

    def learn(self) -> None:
        NeighbourRefresh(self.customers, self.catalog).run(NOW)

    def says(self, customer: str, action: str = "remove", **refused: str) -> None:
        """`product="lamp"` refuses the lamp, `because="lamp"` what is recommended because of it."""
        said = [
            Correction.model_validate({"trait_id": f"{kind}:{name}", "action": action})
            for kind, name in refused.items()
        ]
        self.profiles().correct(customer, said, NOW)

    def profiles(self) -> Profiles:
        return Profiles(self.customers, self.catalog, ScriptedModel(), InMemoryQueue(), frozenset())

    def recommend(
        self, customer: str, placement: Placement = "for_you", product_id: str | None = None, **more: Any
    ) -> Recommendations:
        recommender = Recommender(self.customers, self.catalog)
        return recommender.recommend(customer, placement, NOW, product_id, **more)


def ids(found: Recommendations) -> list[str]:
    return [item.product_id for item in found.items]


def lively_shop() -> Shop:
    """Phones are bought with their case, teapots with a kettle, and the lamp with everything.

    Who looks at one phone looks at the other, and who looks at Assam looks at Sencha.
    """
    shop = Shop()
    for n in range(4):
        shop.does(f"phone-{n}", "view_item", "aurora-1")
        shop.does(f"phone-{n}", "view_item", "boreas-1")
        shop.does(f"phone-{n}", "purchase", "aurora-1", "case-1", "lamp")
        shop.does(f"pot-{n}", "purchase", "teapot", "kettle", "lamp")
        shop.does(f"tea-{n}", "view_item", "assam")
        shop.does(f"tea-{n}", "view_item", "sencha")
    shop.learn()
    return shop
