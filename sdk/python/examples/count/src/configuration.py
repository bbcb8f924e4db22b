"""What a subscription to ``count`` configures."""

from dataclasses import dataclass, field
from typing import Annotated

from tellify_plugin import Conditions, Emit, Fields, Limit, Span, Template, about

ALL = "all"
"""The key of the one group, where events are counted all together."""


@dataclass(frozen=True)
class Config:
    within: Annotated[Span, about("The window: what came in longer ago does not count.")]
    limits: Annotated[
        list[Limit],
        about("The limits; of those that hold, the worst gives the severity.", min_items=1, max_items=16),
    ]
    distinct: Annotated[
        str | None, about("Count the distinct values of this field. None: count events.")
    ] = None
    key: Annotated[
        Fields | None,
        about("The field, or fields, whose values are counted apart. None: all together."),
    ] = None
    hysteresis: Annotated[
        float,
        about("How far under a limit the count must fall, before the limit holds no longer.", minimum=0),
    ] = 0.0
    where: Annotated[
        Conditions,
        about("What else must hold of an event to be counted: field by field, any one of these values."),
    ] = field(default_factory=Conditions)
    title: Annotated[
        Template | None,
        about(
            "A title with {field} placeholders; {key}, {count}, {limit}, {within} and {values} are our own."
        ),
    ] = None
    alert: Annotated[bool, about("Whether people are told.")] = True
    emit: Annotated[
        Emit | None, about("An event to emit when a count goes past a limit, or is back.")
    ] = None
