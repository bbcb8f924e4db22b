import unittest

from plugin import Plugin
from tellify_plugin import HttpRequest
from tellify_plugin.testing import accept, set_secret


class PluginTest(unittest.TestCase):
    def test_a_report_becomes_an_event(self) -> None:
        set_secret("{{name}}-token", "open sesame")
        request = HttpRequest(headers=[("x-token", "open sesame")], body=b'{"job": "backup"}')
        (event,) = accept(Plugin, {}, 0, request).events
        self.assertEqual(event.subject, "backup")
