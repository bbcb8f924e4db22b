import unittest

from plugin import Plugin
from tellify_plugin import Message, Retry, Severity
from tellify_plugin.http import Response
from tellify_plugin.testing import answer_http, deliver

MESSAGE = Message("m1", "alice", Severity.ERROR, "backup", "backup failed")


class PluginTest(unittest.TestCase):
    def test_a_message_is_sent_or_tried_again_later(self) -> None:
        config = {"number": "+49 30 1234"}
        answer_http(lambda request: Response(201, [("x-message-id", "7")]))
        self.assertEqual(deliver(Plugin, config, 0, MESSAGE), "7")
        answer_http(lambda request: Response(503))
        with self.assertRaises(Retry):
            deliver(Plugin, config, 0, MESSAGE)
