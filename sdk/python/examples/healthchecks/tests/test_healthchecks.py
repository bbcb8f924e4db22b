import unittest

from plugin import Healthchecks, read_path
from tellify_plugin import HttpRequest, Malformed
from tellify_plugin.testing import accept

ID = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"


class HealthchecksTest(unittest.TestCase):
    def test_paths_are_read_as_healthchecks_does(self) -> None:
        cases = {
            f"/{ID}": (ID, ""),
            f"/{ID}/start": (ID, "start"),
            f"/{ID}/255": (ID, "255"),
            "/abc/backup/fail": ("backup", "fail"),
        }
        for path, read in cases.items():
            self.assertEqual(read_path(path), read)
        for path in ("/", "/abc", f"/{ID}/256", f"/{ID}/stop", "/abc/Backup", f"/{ID}/0/0"):
            with self.assertRaises(Malformed, msg=path):
                read_path(path)

    def test_an_exit_code_says_whether_it_went_well(self) -> None:
        for code, status in (("0", "good"), ("7", "fail")):
            (event,) = accept(Healthchecks, {}, 0, HttpRequest(path=f"/{ID}/{code}")).events
            self.assertEqual(event.data, {"job": ID, "exit_code": int(code), "status": status})
