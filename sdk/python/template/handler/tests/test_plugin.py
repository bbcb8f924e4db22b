import unittest

from plugin import Plugin
from tellify_plugin.testing import Stage


class PluginTest(unittest.TestCase):
    def test_the_second_failure_in_a_row_fires(self) -> None:
        stage = Stage(Plugin, {"key": "job", "limit": 2})
        stage.event({"job": "backup", "status": "fail"})
        self.assertEqual(stage.told(), [])
        stage.event({"job": "backup", "status": "fail"})
        self.assertEqual(stage.told(), ["error firing backup: backup failed 2 times in a row"])
        stage.event({"job": "backup", "status": "good"})
        self.assertEqual(stage.firing(), [])
