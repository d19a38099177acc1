"""The order that goes through every bus: the same fields, limits and content as in `benches/bus/bench.yaml` and `order.rs`."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field


class Line(BaseModel):
    """A line of an order."""

    sku: Annotated[str, Field(max_length=64)]
    quantity: Annotated[int, Field(ge=1, le=2**31 - 1)]
    price: Annotated[Decimal, Field(ge=0)]


class Order(BaseModel):
    """An order as shops send it."""

    order_id: UUID
    customer: Annotated[str, Field(min_length=1, max_length=80)]
    placed_at: AwareDatetime
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    lines: Annotated[list[Line], Field(min_length=1, max_length=100)]
    express: bool = False
    note: str | None = None
    filling: str = ""


class OrderPlaced(BaseModel):
    """The message."""

    number: Annotated[int, Field(ge=0, le=2**64 - 1)]
    order: Order


def sample_order() -> Order:
    """The order that every message carries."""
    return Order(
        order_id=UUID("0197f0c2-0000-7000-8000-000000000001"),
        customer="Ada Lovelace, 12 St James's Square, London",
        placed_at=datetime(2026, 11, 25, 9, 30, tzinfo=UTC),
        currency="EUR",
        lines=[Line(sku=f"SKU-{number:08}", quantity=number, price=Decimal(1_999 + number).scaleb(-2)) for number in range(1, 5)],
        note="Please ring twice; the bell of the neighbours is broken.",
    )


def sample() -> OrderPlaced:
    """The message that every queue is filled with."""
    return OrderPlaced(number=1, order=sample_order())
