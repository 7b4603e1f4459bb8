import unittest
import xml.etree.ElementTree as tree

from chart import svg
from figures import Figures

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*figures, caption="one machine"):
    return tree.fromstring(svg(figures, caption))


def widths(picture, kind):
    bars = picture.iter(f"{SVG}rect")
    return [float(bar.get("width")) for bar in bars if bar.get("class") == kind]


def texts(picture):
    return ["".join(text.itertext()) for text in picture.iter(f"{SVG}text")]


class ChartTest(unittest.TestCase):
    def test_bars_are_to_the_scale_of_the_best_peer(self):
        picture = drawn(Figures("a", "µs", {"sallyport": [5.0], "nginx": [10.0], "hitch": [20.0]}))

        best, worse = widths(picture, "peer")
        self.assertEqual(worse, 2 * best)
        self.assertEqual(widths(picture, "ours"), [best / 2])

    def test_every_figure_is_written_with_its_unit(self):
        picture = drawn(Figures("sent", "s/GiB", {"sallyport": [0.25], "nginx": [123.4]}))

        self.assertIn("sallyport 0.25 s/GiB", texts(picture))
        self.assertIn("nginx 123 s/GiB", texts(picture))
        self.assertIn("sent", texts(picture))

    def test_what_has_no_room_ends_at_the_edge_and_says_so(self):
        picture = drawn(Figures("a", "MiB", {"sallyport": [400.0], "nginx": [1.0]}))

        self.assertIn("sallyport 400 MiB →", texts(picture))
        self.assertLess(max(widths(picture, "ours")), float(picture.get("width")) - 280 - 100)

    def test_what_is_below_nothing_has_no_length(self):
        picture = drawn(Figures("a", "ms", {"sallyport": [-1.0], "nginx": [-2.0]}))

        self.assertEqual(widths(picture, "ours") + widths(picture, "peer"), [0, 0])

    def test_what_is_measured_alone_is_drawn_too(self):
        self.assertGreater(widths(drawn(Figures("a", "µs", {"sallyport": [1.0]})), "ours")[0], 0)

    def test_text_stays_text(self):
        picture = drawn(
            Figures("<a> & b", "µs", {"sallyport": [1.0]}), caption='A "CPU" <fast> & small'
        )

        self.assertIn("<a> & b", texts(picture))
        self.assertIn('A "CPU" <fast> & small', texts(picture))


if __name__ == "__main__":
    unittest.main()
