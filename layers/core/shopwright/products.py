"""Products and articles: the shop's own facts.

Field names are those of Google's product feed, so that a shop sends the feed it already has:
https://support.google.com/merchants/answer/7052112. Ours beyond it: `language` says what language the
texts are in, `translations` holds them in others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from .errors import NotAvailableIn

Language = Literal["en", "zh"]
Availability = Literal["in_stock", "out_of_stock", "preorder", "backorder"]

Id = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
Title = Annotated[str, StringConstraints(min_length=1, max_length=150, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(max_length=5000, strip_whitespace=True)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=150, strip_whitespace=True)]
Long = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
Link = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://\S+$")]
Money = Annotated[str, StringConstraints(pattern=r"^\d{1,12}(\.\d{1,3})? [A-Z]{3}$")]


# The category of a product that states none; it says nothing, so nothing may be concluded from sharing it.
UNCATEGORISED = "other"

# An article is replaced in one DynamoDB transaction of at most 100 writes: new paragraphs and old ones.
MAX_PARAGRAPHS = 45


class Strict(BaseModel):
    """A body or value from outside: unknown fields are refused, instances do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Detail(Strict):
    """One attribute of a product, as in the feed's `product_detail`."""

    attribute_name: Short
    attribute_value: Long
    section_name: Short | None = None


class Wording(Strict):
    """A product's texts in one language."""

    title: Title
    description: Text = ""
    product_type: Short | None = None
    product_detail: list[Detail] = Field(default=[], max_length=100)
    product_highlight: list[Short] = Field(default=[], max_length=100)
    brand: Short | None = None
    color: Short | None = None
    size: Short | None = None
    material: Short | None = None


class ProductFacts(Wording):
    """What may be said of a product, whether or not it is in the catalogue."""

    language: Language = "en"
    translations: dict[Language, Wording] = {}
    price: Money | None = None
    google_product_category: Short | None = None

    def wording(self, language: Language) -> Wording:
        """The texts in `language`.

        Raises:
            NotAvailableIn: if the product has none in it.
        """
        if language == self.language:
            return self
        if language not in self.translations:
            raise NotAvailableIn(
                f"the product has no texts in {language!r}; send them as translations.{language}",
                field=f"product.translations.{language}",
            )
        own = self.translations[language]
        # What a translation leaves out is often the same in every language: a brand, a size.
        return own.model_copy(
            update={name: getattr(self, name) for name in ("brand", "size") if not getattr(own, name)}
        )

    def in_either(self, language: Language) -> Wording:
        """The texts in `language` if there are any, else in the product's own."""
        return self.wording(language) if language in (self.language, *self.translations) else self

    @property
    def amount(self) -> float | None:
        """The price as a number, in `currency`."""
        return float(self.price.split()[0]) if self.price else None

    @property
    def currency(self) -> str | None:
        """The price's ISO 4217 code."""
        return self.price.split()[1] if self.price else None


class Product(ProductFacts):
    """A product of the catalogue."""

    id: Id
    link: Link | None = None
    image_link: Link | None = None
    price: Money
    availability: Availability = "in_stock"
    gtin: Short | None = None
    mpn: Short | None = None
    condition: Literal["new", "used", "refurbished"] = "new"
    item_group_id: Id | None = None

    @property
    def category(self) -> str:
        """The shop's own category, else the last part of Google's, else `other`; in its own language."""
        if self.product_type:
            return self.product_type
        return (self.google_product_category or UNCATEGORISED).split(">")[-1].strip()

    @property
    def buyable(self) -> bool:
        """Whether a customer can order it now."""
        return self.availability != "out_of_stock"


class Article(Strict):
    """A piece of the shop's knowledge (a policy, an answer to a frequent question), in one language."""

    id: Id
    kind: Literal["policy", "faq"] = "faq"
    language: Language = "en"
    title: Title
    body: Annotated[str, StringConstraints(min_length=1, max_length=20_000, strip_whitespace=True)]
    link: Link | None = None

    @model_validator(mode="after")
    def _has_some_paragraphs(self) -> Article:
        if not 1 <= len(self.paragraphs) <= MAX_PARAGRAPHS:
            raise ValueError(f"body has {len(self.paragraphs)} paragraphs; 1 to {MAX_PARAGRAPHS} are taken")
        return self

    @property
    def paragraphs(self) -> list[str]:
        """The body's parts, split at blank lines."""
        return [part.strip() for part in re.split(r"\n\s*\n", self.body) if part.strip()]


def paragraph_texts(article: Article) -> list[str]:
    """What of an article is embedded: each paragraph under the title, in order."""
    return [f"{article.title}. {paragraph}" for paragraph in article.paragraphs]


def embedding_text(product: ProductFacts) -> str:
    """What of a product is embedded: every title it has, its category, brand and telling attributes.

    Titles of all languages go in, so that one vector answers searches in each of them. Kept short: a
    sentence encoder dilutes what it is given, and its time grows with it.
    """
    wordings = [product, *product.translations.values()]
    parts: Iterable[str | None] = (
        *(w.title for w in wordings),
        *(w.product_type for w in wordings),
        product.brand,
        product.color,
        product.material,
        *(highlight for w in wordings for highlight in w.product_highlight[:2]),
    )
    text = ". ".join(part for part in dict.fromkeys(parts) if part)
    return (text if product.product_highlight else f"{text}. {product.description}")[:400]
