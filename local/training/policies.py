"""Invented shop policies: a sentence with numbers of its own, and what customers ask that it answers."""

from __future__ import annotations

import random
from dataclasses import dataclass

from shopwright.passages import Sentence

# title | sentence | questions, parted by " / " | what an answer to a yes-or-no question begins with
_POLICIES = """
Sending goods back | Unworn goods can be sent back within {d} days of arrival. | How long may I send something back? / Can I send goods back after arrival? / Until when can I return unworn goods? | Yes
Opened packs | Opened packs of food are taken back only if the seal was broken on arrival. | Do you take back opened packs of food? / Can I return food that I opened? |
Money back | Refunds reach your account {d} working days after we have your parcel. | When do refunds reach my account? / How long does a refund take? / When is my money back? |
Delivery by courier | Couriers deliver between {h}:00 and {i}:00 on working days. | When do couriers deliver? / Between which hours does the courier come? / At what time will it be delivered? |
Delivery cost | Delivery costs {m} EUR for orders below {n} EUR. | What does delivery cost? / How much is the delivery fee? / How much do I pay for delivery? |
Parcel lockers | Parcels wait {d} days in a locker before they come back to us. | How long do parcels wait in a locker? / How many days does a parcel stay in the locker? |
Large goods | Furniture is carried up to the {f}th floor by two people. | Is furniture carried upstairs? / Who carries furniture to my floor? / Up to which floor is furniture carried? |
Repairs | Repairs take {d} working days and begin when the part has arrived. | How long do repairs take? / When does a repair begin? |
Vouchers | Vouchers can be used for {y} years from the day they were bought. | How long can I use a voucher? / How long are vouchers good for? |
Paying later | You can pay by invoice within {d} days if your order is below {n} EUR. | Can I pay by invoice? / How long do I have to pay an invoice? / Is paying by invoice possible? | Yes
Gift wrapping | Gift wrapping costs {m} EUR for each parcel. | How much is gift wrapping? / What do you charge for gift wrapping? / What does wrapping a gift cost? |
Our workshop | Our workshop is open from {h}:00 to {i}:00 on weekdays. | When is the workshop open? / What are the hours of the workshop? / At what time does the workshop open? |
Club points | Members collect {d} points for each order and lose them after {y} years. | How many points do members collect? / When do members lose their points? |
Changing an order | An order can be changed until {h}:00 on the day it was placed. | Until when can I change my order? / Can an order be changed? / By what time must I change an order? | Yes
Old appliances | We take an old appliance with us when we deliver a new one of the same kind. | Do you take old appliances? / What happens to my old appliance? / Will you take my old appliance with you? | Yes
Abroad | We send parcels to {d} countries and hand them to the local post there. | To how many countries do you send parcels? / Do you send parcels abroad? |
Assembly | Assembly of a shelf takes {d} minutes and needs one screwdriver. | How long does assembly take? / What do I need for assembly of a shelf? |
Spare parts | Spare parts are kept for {y} years after a model has left the range. | How long do you keep spare parts? / For how many years are spare parts kept? |
Reviews | A review appears {d} hours after you have sent it. | When does my review appear? / How long until a review appears? |
Samples | We send up to {f} samples of fabric in a letter. | How many samples of fabric do you send? / Do you send samples of fabric? | Yes
"""


@dataclass(frozen=True)
class Policy:
    """A sentence of a policy, and questions it answers. `yes` opens an answer where one may say yes."""

    sentence: Sentence
    questions: tuple[str, ...]
    yes: str


def policies(rng: random.Random) -> list[Policy]:
    """Every policy, with numbers drawn anew."""
    found = []
    for line in _POLICIES.strip().splitlines():
        title, text, questions, yes = (part.strip() for part in (line + " |").split("|")[:4])
        spoken = text.format(
            d=rng.randint(2, 60), h=rng.randint(6, 11), i=rng.randint(13, 21), m=rng.randint(2, 19),
            n=rng.randint(3, 20) * 10, f=rng.randint(4, 9), y=rng.randint(2, 9),
        )  # fmt: skip
        sentence = Sentence(f"article:{title.lower().replace(' ', '-')}", 0, "en", title, spoken, "paragraph")
        found.append(Policy(sentence, tuple(questions.split(" / ")), yes))
    return found
