"""The kinds of plugins that look outside, against what a test says is there."""

import unittest
from dataclasses import dataclass
from typing import Any

from tellify_plugin import (
    Accepted,
    BadConfig,
    Channel,
    HttpRequest,
    Ingest,
    Malformed,
    Message,
    Method,
    Monitor,
    NewEvent,
    Report,
    Retry,
    Severity,
    Source,
    UnknownMethod,
    http,
    secrets,
    sources,
    state,
    testing,
)
from tellify_plugin.http import HttpError, Response


@dataclass
class Config:
    url: str = "https://a.example/"


class Load(Monitor[Config]):
    CONFIG, NAME, VERSION, TITLE, DESCRIPTION = Config, "load", "1.0.0", "Load", "Looks at a load."

    def check(self, config: Config, now: int) -> Report:
        looked = state.increment("looked")
        load = float(sources.call("graphite", "latest", {"target": "load"}))
        if load > 90:
            raise Retry("too hot to look at")
        return Report.ok(f"look {looked:.0f}", load)


class Counters(Source[Config]):
    CONFIG, NAME, VERSION, TITLE, DESCRIPTION = Config, "counters", "1.0.0", "Counters", "Asks for counters."
    METHODS = (Method("latest", "The latest value.", dict[str, str], float),)

    def call(self, config: Config, now: int, method: str, arguments: Any) -> Any:
        token = secrets.get("token")
        return http.get(config.url + arguments["name"], {"authorization": f"Bearer {token}"}).json()


class Sms(Channel[Config]):
    CONFIG, NAME, VERSION, TITLE, DESCRIPTION = Config, "sms", "1.0.0", "Messages", "Sends one line."

    def deliver(self, config: Config, now: int, message: Message) -> str | None:
        answer = http.post(config.url, json={"text": message.text}, headers={"idempotency-key": message.id})
        if answer.status >= 500:
            raise Retry(f"the service answered with {answer.status}", 5000)
        return answer.header("x-id")


class Door(Ingest[Config]):
    CONFIG, NAME, VERSION, TITLE, DESCRIPTION = Config, "door", "1.0.0", "A door", "Takes JSON."

    def accept(self, config: Config, now: int, request: HttpRequest) -> Accepted:
        return Accepted([NewEvent("x", data=request.json())])


class OutsideTest(unittest.TestCase):
    def setUp(self) -> None:
        testing.reset()

    def test_a_monitor_looks_and_a_failed_look_leaves_nothing(self) -> None:
        testing.add_source("graphite", "graphite", lambda method, arguments: 42)
        self.assertEqual(testing.check(Load, {}, 0), Report.ok("look 1", 42.0))
        testing.add_source("graphite", "graphite", lambda method, arguments: 99)
        with self.assertRaises(Retry):
            testing.check(Load, {}, 0)
        testing.add_source("graphite", "graphite", lambda method, arguments: 43)
        self.assertEqual(testing.check(Load, {}, 0).message, "look 2")

    def test_a_source_answers_with_a_secret_that_nobody_else_sees(self) -> None:
        with self.assertRaisesRegex(secrets.SecretError, "`token` is not granted"):
            testing.query(Counters, {}, 0, "latest", {"name": "a"})
        testing.set_secret("token", "word")
        testing.answer_http(lambda request: Response(200, body=b"3.5"))
        self.assertEqual(testing.query(Counters, {}, 0, "latest", {"name": "a"}), 3.5)
        (sent,) = testing.take_sent()
        self.assertEqual((sent.url, sent.headers), ("https://a.example/a", [("authorization", "Bearer word")]))
        with self.assertRaises(UnknownMethod):
            testing.query(Counters, {}, 0, "drop", {})

    def test_a_channel_tells_what_became_of_its_message(self) -> None:
        message = Message("m1", "alice", Severity.ERROR, "disk", "/var is full")
        testing.answer_http(lambda request: Response(202, [("x-id", "7")]))
        self.assertEqual(testing.deliver(Sms, {}, 0, message), "7")
        (sent,) = testing.take_sent()
        self.assertEqual((sent.body, sent.headers[0]), (b'{"text":"/var is full"}', ("idempotency-key", "m1")))
        testing.answer_http(lambda request: Response(503))
        with self.assertRaises(Retry) as raised:
            testing.deliver(Sms, {}, 0, message)
        self.assertEqual(raised.exception.after_ms, 5000)

    def test_a_door_says_where_a_body_is_wrong(self) -> None:
        accepted = testing.accept(Door, {}, 0, HttpRequest(body=b'{"a": 1}'))
        self.assertEqual(accepted.events[0].data, {"a": 1})
        for body, why in ((b"\xff", "byte 0 of the body is not UTF-8"), (b"{,", "line 1 column 2")):
            with self.assertRaisesRegex(Malformed, why):
                testing.accept(Door, {}, 0, HttpRequest(body=body))

    def test_what_no_test_put_there_is_not_granted(self) -> None:
        with self.assertRaises(HttpError) as raised:
            http.get("https://a.example/")
        self.assertEqual((raised.exception.case, raised.exception.is_passing), ("denied", False))
        with self.assertRaises(sources.SourceError):
            sources.call("a", "b", {})
        with self.assertRaises(BadConfig):
            testing.check(Load, {"url": 1}, 0)
        testing.set_secret("a", "word")
        testing.accept_signature("a", b"data", b"sig")
        verified = [secrets.verify_hmac("a", secrets.Hash.SHA256, b"data", s) for s in (b"sig", b"other")]
        self.assertEqual((verified, secrets.verify_equal("a", "word")), ([True, False], True))


if __name__ == "__main__":
    unittest.main()
