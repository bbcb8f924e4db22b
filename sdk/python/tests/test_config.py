"""Typed configurations: what they ask for, and what they say is wrong."""

import unittest
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from tellify_plugin import AnyOf, Limit, Severity, Span, about, config


@dataclass
class Inner:
    name: str


@dataclass
class Config:
    within: Annotated[Span, about("How long.")]
    count: Annotated[int, about("How many.", minimum=1)] = 3
    factor: float = 1.5
    mode: Literal["fast", "slow"] = "fast"
    severity: Severity | None = None
    hosts: AnyOf | None = None
    inner: list[Inner] = field(default_factory=list)
    origin: Annotated[str, about("From where.", key="from")] = ""
    free: dict[str, Any] = field(default_factory=dict)


class ConfigTest(unittest.TestCase):
    def test_the_schema_says_what_the_types_say(self) -> None:
        found = config.schema(Config)
        self.assertEqual((found["required"], found["additionalProperties"]), (["within"], False))
        expected = {
            "count": {"type": "integer", "description": "How many.", "minimum": 1, "default": 3},
            "mode": {"enum": ["fast", "slow"], "default": "fast"},
            "from": {"type": "string", "description": "From where.", "default": ""},
            "severity": {"anyOf": [{"enum": [s.value for s in Severity]}, {"type": "null"}]},
        }
        for key, said in expected.items():
            self.assertEqual(found["properties"][key], said, key)
        self.assertEqual(found["properties"]["within"]["description"], "How long.")

    def test_what_is_written_is_read(self) -> None:
        written = {
            "within": "1h30m",
            "severity": "error",
            "hosts": "a, 7",
            "inner": [{"name": "x"}],
            "from": "here",
            "free": {"a": [1]},
            "factor": 2,
        }
        read = config.read(Config, written)
        self.assertEqual((read.within, read.severity, read.origin), (Span(5_400_000), Severity.ERROR, "here"))
        self.assertEqual((read.inner, read.free, read.count, read.factor), ([Inner("x")], {"a": [1]}, 3, 2.0))
        self.assertEqual(read.hosts.scalars, ["a", "7", 7])

    def test_what_does_not_fit_is_named_with_its_place(self) -> None:
        cases = [
            ({}, "", "`within` is missing"),
            ({"within": "1x"}, "/within", "`1x` is no length of time"),
            ({"within": "1s", "count": "3"}, "/count", '"3" is not of type integer'),
            ({"within": "1s", "count": True}, "/count", "true is not of type integer"),
            ({"within": "1s", "mode": "odd"}, "/mode", '"odd" is not one of "fast", "slow"'),
            ({"within": "1s", "inner": [{"name": "x"}, {}]}, "/inner/1", "`name` is missing"),
            ({"within": "1s", "a/b": 1}, "", "there is no key `a/b`"),
            ({"within": "1s", "hosts": []}, "/hosts", "at least one value must stand here"),
            ({"within": "1s", "free": 1}, "/free", "1 is not of type object"),
            ([], "", "[] is not of type object"),
        ]
        for written, pointer, message in cases:
            with self.assertRaises(config.Misfit, msg=written) as raised:
                config.read(Config, written)
            self.assertEqual(raised.exception.pointer, pointer, written)
            self.assertTrue(raised.exception.message.startswith(message), raised.exception.message)

    def test_a_type_that_json_cannot_say_is_the_authors_mistake(self) -> None:
        for kind in (set[str], int | str, dict[int, str]):
            with self.assertRaises(TypeError):
                config.schema(kind)

    def test_a_limit_has_one_side(self) -> None:
        read = config.read(list[Limit], [{"above": 4, "severity": "error"}, {"severity": "info"}])
        self.assertEqual((str(read[0].bound), read[1].bound), ("above 4", None))


if __name__ == "__main__":
    unittest.main()
