"""Values and fields: the same rules as in the daemon."""

import unittest

from tellify_plugin import AnyOf, Event, Fields, Requirement, Span, Template, bounded, moment, rfc3339

EVENT = Event(
    id="e1",
    source="host17",
    kind="disk",
    time=1_795_168_800_000,
    tags=["a", "b"],
    data={"disk.percent": 93.5, "disk": {"percent": 1, "of": [{"n": 1}, {"n": "2"}]}, "id": "own"},
)


class ValuesTest(unittest.TestCase):
    def test_fields_are_found_by_path(self) -> None:
        cases = {
            "type": ["disk"],
            "tag": ["a", "b"],
            "time": [1_795_168_800_000],
            "disk.percent": [93.5, 1],
            "data.disk.percent": [93.5, 1],
            "disk.of.n": [1, "2"],
            "id": ["e1"],
            "data.id": ["own"],
            "subject": [],
            "disk.of.n.x": [],
        }
        for path, values in cases.items():
            self.assertEqual(list(EVENT.values(path)), values, path)
        self.assertEqual(EVENT.string("time"), "2026-11-20T10:00:00.000Z")
        self.assertEqual((EVENT.string("disk.of"), EVENT.number("disk.of.n")), ('{"n":1}', 1.0))

    def test_requirements_hold_as_in_the_daemon(self) -> None:
        cases = [
            (Requirement.present("disk"), True),
            (Requirement.present("none"), False),
            (Requirement.any_of("disk.of.n", ["2"]), True),
            (Requirement.any_of("disk.of.n", [1.0]), True),
            (Requirement.any_of("time", [1_795_168_800_000]), False),
            (Requirement.prefix("source", ["web", "host"]), True),
            (Requirement.at_least("disk.of.n", 2), True),
            (Requirement.at_most("disk.of.n", 0), False),
        ]
        for requirement, holds in cases:
            self.assertEqual(requirement.holds(EVENT), holds, requirement)

    def test_words_that_spell_numbers_mean_them_too(self) -> None:
        values = AnyOf("200, true, x")
        self.assertEqual(values.scalars, ["200", 200, "true", True, "x"])
        self.assertEqual((values.contains(200.0), values.contains(1), str(values)), (True, False, "200 or true or x"))

    def test_spans_are_written_as_they_are_read(self) -> None:
        for text in ("0s", "90s", "1h30m", "14d", "1d2h3m4s5ms"):
            shortest = {"90s": "1m30s"}.get(text, text)
            self.assertEqual(str(Span.parse(text)), shortest)
        for text in ("", "1", "h", "1m1h", "1s1s", "4000d", "1 s", "-1s", "1.5h"):
            with self.assertRaises(ValueError, msg=text):
                Span.parse(text)

    def test_times_are_read_with_any_offset(self) -> None:
        same = ("2026-11-20T10:00:00Z", "2026-11-20 12:30:00.000999+02:30", "2026-11-20t09:00:00-01:00")
        for text in same:
            self.assertEqual(moment(text), 1_795_168_800_000, text)
        self.assertEqual(rfc3339(moment("2026-11-20T10:00:00.07Z")), "2026-11-20T10:00:00.070Z")
        for text in ("2026-11-20", "2026-02-30T00:00:00Z", "2026-11-20T10:00:00", "2026-11-20T25:00:00Z"):
            with self.assertRaises(ValueError, msg=text):
                moment(text)

    def test_templates_name_the_place_of_a_mistake(self) -> None:
        words = {"block": "gc_t"}.get
        self.assertEqual(Template("{block} at\n{{{step}}}").line(words), "gc_t at {?}")
        self.assertEqual((Template("{ block }").only_field, Template("{a}{b}").only_field), ("block", None))
        for text, message in (("ä{", "byte 2 of the template: this `{`"), ("{}", "byte 0"), ("a}", "byte 1")):
            with self.assertRaisesRegex(ValueError, message):
                Template(text)

    def test_keys_are_bounded(self) -> None:
        fields = Fields("source, data.id")
        self.assertEqual((fields.key(EVENT), fields.part("data.id", "host17 / own")), ("host17 / own", "own"))
        self.assertIsNone(Fields("none").key(EVENT))
        long = bounded("ä" * 150)
        self.assertLessEqual(len(long.encode()), 200)
        self.assertNotEqual(long, bounded("ä" * 151))


if __name__ == "__main__":
    unittest.main()
