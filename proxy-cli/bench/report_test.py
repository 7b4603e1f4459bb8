import unittest

from figures import Figures
from report import table


class ReportTest(unittest.TestCase):
    def test_a_proxy_that_does_not_do_it_has_a_dash(self):
        text = table(
            [
                Figures("tcp", "µs", {"sallyport": [1.0], "hitch": [2.0]}),
                Figures("http", "µs", {"sallyport": [3.0], "nginx": [2.0]}),
            ]
        )

        self.assertEqual(
            text.splitlines()[2:],
            [
                "| tcp | µs | 1.00 | 2.00 | – | 0.50 (0.50 to 0.50) |",
                "| http | µs | 3.00 | – | 2.00 | 1.50 (1.50 to 1.50) |",
            ],
        )

    def test_without_a_peer_there_is_no_ratio(self):
        text = table([Figures("tcp", "µs", {"sallyport": [1.0]})])

        self.assertEqual(text.splitlines()[2], "| tcp | µs | 1.00 | – |")


if __name__ == "__main__":
    unittest.main()
