"""Windows filling and emptying, on a clock."""

import unittest

from plugin import Count
from seen import MOMENTS_MAX, SLOTS, VALUES_MAX, Seen
from tellify_plugin.testing import Stage

BLOCKS = {
    "distinct": "block",
    "key": "project,runtag",
    "within": "1h",
    "where": {"status": "fail"},
    "limits": [{"above": 4, "severity": "error"}, {"at_least": 7, "severity": "critical"}],
}


def fails(stage: Stage, blocks: str) -> None:
    for block in blocks:
        stage.event({"project": "vr0", "runtag": "r1", "block": block, "status": "fail"})
        stage.passes("1m")


class CountTest(unittest.TestCase):
    def test_more_than_four_distinct_values_are_one_alert_that_ends_when_the_window_empties(self) -> None:
        stage = Stage(Count, BLOCKS)
        fails(stage, "abacad")
        self.assertEqual(stage.told(), [], "four blocks, however often they fail")
        fails(stage, "eb")
        line = "error firing vr0 / r1: vr0 / r1: 5 values of block within 1h (above 4): a, b, c, d, e"
        self.assertEqual(stage.told(), [line, line])
        # The block seen longest ago is c, in the fourth minute.
        stage.passes("54m")
        self.assertEqual(stage.told(), [])
        stage.passes("1m")
        self.assertEqual(stage.told(), ["error resolved vr0 / r1: vr0 / r1: 4 values of block within 1h"])
        stage.passes("2h")
        self.assertEqual((stage.told(), list(stage.state())), ([], ["!stored"]))

    def test_it_worsens_and_other_groups_count_apart(self) -> None:
        stage = Stage(Count, BLOCKS)
        fails(stage, "abcdefg")
        for block in "abcd":
            stage.event({"project": "vr1", "runtag": "r1", "block": block, "status": "fail"})
            self.assertFalse(stage.event({"project": "vr0", "runtag": "r1", "block": "x", "status": "good"}))
        told = stage.told()
        self.assertEqual(len(told), 3, told)
        self.assertTrue(told[2].startswith("critical firing vr0 / r1: vr0 / r1: 7 values of block"), told)
        stage.passes("2h")
        self.assertEqual(stage.firing(), [])

    def test_events_are_counted_without_a_key_and_with_hysteresis(self) -> None:
        stage = Stage(
            Count,
            {
                "within": "10m",
                "hysteresis": 2,
                "limits": [{"at_least": 5, "severity": "warning"}],
                "title": "{count} of {limit} in {within}",
                "emit": {"type": "many", "on": "both", "count": "{count}"},
            },
        )
        for _ in range(5):
            stage.event({"type": "error"})
            stage.passes("1m")
        self.assertEqual(stage.told(), ["warning firing all: 5 of 5 in 10m", "emitted many all: 5 of 5 in 10m"])
        self.assertEqual(stage.emitted[0].data["count"], 5)
        # Four and three are within the hysteresis; two are not.
        stage.passes("6m59s")
        self.assertEqual(stage.told(), [])
        stage.passes("1s")
        self.assertEqual(
            stage.told(), ["warning resolved all: 2 of 5 in 10m", "emitted many all: 2 of 5 in 10m"]
        )

    def test_a_cleared_group_counts_from_nought(self) -> None:
        stage = Stage(Count, BLOCKS)
        fails(stage, "abcde")
        stage.clear("vr0 / r1")
        stage.told()
        fails(stage, "abcd")
        self.assertEqual(stage.told(), [])
        fails(stage, "e")
        self.assertEqual(stage.firing(), ["vr0 / r1"])

    def test_groups_are_bounded_and_their_owner_is_told_once_a_day(self) -> None:
        limits = [{"above": 1, "severity": "warning"}]
        stage = Stage(Count, {"key": "user", "within": "1h", "limits": limits})
        for user in range(1100):
            stage.event({"user": user})
        (told,) = stage.told()
        self.assertTrue(told.startswith("warning note full: There are too many values of user at once"), told)
        # When the others have been quiet for the window, there is room again.
        stage.passes("1h")
        for _ in range(2):
            stage.event({"user": 1099})
        self.assertEqual(stage.firing(), ["1099"])


class SeenTest(unittest.TestCase):
    def test_few_events_are_counted_exactly_and_many_never_too_low(self) -> None:
        within, seen = 600_000, Seen()
        for second in range(2000):
            seen.forget(second * 1000, within)
            seen.add_event(second * 1000, within)
            exact = min(second + 1, 600)
            most = exact if second < MOMENTS_MAX else exact + within // SLOTS // 1000 + 1
            self.assertTrue(exact <= seen.count <= most, f"{seen.count} at {second} s")
            self.assertLessEqual(len(seen.events), MOMENTS_MAX)

    def test_distinct_values_are_bounded_and_count_from_when_they_were_last_seen(self) -> None:
        seen = Seen()
        for at, value in ((0, "a"), (10, "b"), (20, "a")):
            seen.add_value(value, at)
        self.assertEqual(list(seen.falling()), [(10, 1), (20, 0)])
        seen.forget(30, 20)
        self.assertEqual(seen.names(), ["a"])
        for i in range(1000):
            seen.add_value(f"v{i}", 100 + i)
        self.assertEqual(seen.count, VALUES_MAX)
        self.assertIn("v999", seen.names(), "the newest stay")


if __name__ == "__main__":
    unittest.main()
