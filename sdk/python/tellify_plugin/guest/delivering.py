"""The exports of the world ``channel``."""

from wit_world.exports import delivering as wit
from wit_world.imports import types

from ..channel import Channel, Item, Message
from ..jsontext import from_text
from ..words import Severity
from . import convert
from .called import Configurations


def delivering(plugin: Channel) -> type:
    saved = Configurations(plugin)

    class Delivering:
        def deliver(self, c: types.Config, now: float, m: wit.Message) -> wit.Receipt:
            try:
                return wit.Receipt(plugin.deliver(saved.of(c), int(now), _message(m)))
            except Exception as error:
                raise convert.failure(error) from None

    return Delivering


def _message(theirs: wit.Message) -> Message:
    return Message(
        id=theirs.id,
        recipient=theirs.recipient,
        severity=Severity[theirs.severity.name],
        subject=theirs.subject,
        text=theirs.text,
        ascii=theirs.ascii,
        html=theirs.html,
        items=list(map(_item, theirs.items)),
        links=convert.headers(theirs.links),
        previous=theirs.previous,
        attempt=theirs.attempt,
    )


def _item(theirs: wit.Item) -> Item:
    return Item(
        id=theirs.id,
        key=theirs.key,
        state=convert.state(theirs.state),
        severity=Severity[theirs.severity.name],
        title=theirs.title,
        data=from_text(theirs.data),
        count=theirs.count,
        first=int(theirs.first),
        last=int(theirs.last),
        link=theirs.link,
    )
