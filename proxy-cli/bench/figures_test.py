import unittest

from figures import Figures, shown


def figures(**rounds):
    return Figures("work", "µs", rounds)


class FiguresTest(unittest.TestCase):
    def test_what_a_proxy_takes_is_the_median_of_its_rounds(self):
        row = figures(sallyport=[9.0, 1.0, 2.0], nginx=[4.0, 6.0])

        self.assertEqual(row.medians(), {"sallyport": 2.0, "nginx": 5.0})

    def test_the_best_peer_is_another_however_good_ours_is(self):
        row = figures(sallyport=[1.0], haproxy=[3.0], nginx=[2.0])

        self.assertEqual(row.best_peer(), "nginx")

    def test_the_ratio_is_that_of_the_medians_and_spans_the_rounds(self):
        ratio = figures(sallyport=[1.0, 2.0, 9.0], haproxy=[4.0, 2.0, 6.0]).ratio()

        self.assertEqual((ratio.peer, ratio.value), ("haproxy", 0.5))
        self.assertEqual((ratio.least, ratio.most), (0.25, 1.5))

    def test_there_is_no_ratio_to_nobody_of_nobody_and_to_nothing(self):
        self.assertIsNone(figures(sallyport=[1.0]).ratio())
        self.assertIsNone(figures(haproxy=[1.0]).ratio())
        self.assertIsNone(figures(sallyport=[1.0], haproxy=[0.0]).ratio())
        self.assertIsNone(figures(sallyport=[1.0], haproxy=[-0.1]).ratio())

    def test_a_peer_that_was_left_out_is_not_the_best(self):
        row = figures(sallyport=[1.0], haproxy=[3.0], hitch=[])

        self.assertEqual(row.best_peer(), "haproxy")
        self.assertNotIn("hitch", row.medians())

    def test_figures_have_the_digits_that_mean_something(self):
        texts = [shown(value) for value in (1234.4, 100, 99.94, 12.34, 1.234, 0.001, -0.5)]

        self.assertEqual(texts, ["1234", "100", "99.9", "12.3", "1.23", "0.00", "-0.50"])


if __name__ == "__main__":
    unittest.main()
