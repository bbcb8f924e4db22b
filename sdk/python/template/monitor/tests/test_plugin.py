import unittest

from plugin import Plugin
from tellify_plugin import Report
from tellify_plugin.http import Response
from tellify_plugin.testing import answer_http, check


class PluginTest(unittest.TestCase):
    def test_a_page_without_its_word_is_an_alarm(self) -> None:
        answer_http(lambda request: Response(200, body=b"Under construction"))
        report = check(Plugin, {"url": "https://www.example.org/", "word": "Welcome"}, 0)
        self.assertEqual(report, Report.alarm("it answers without `Welcome`", 200))
