"""What the rounds of one measure come to."""

import statistics
from dataclasses import dataclass

OURS = "sallyport"


@dataclass
class Figures:
    """One row: what each proxy took in each round, in their order; less is better."""

    title: str
    unit: str
    rounds: dict

    def medians(self):
        return {name: statistics.median(values) for name, values in self.rounds.items() if values}

    def best_peer(self):
        """The other proxy that takes least, by its median; None without any."""
        peers = {name: value for name, value in self.medians().items() if name != OURS}
        return min(peers, key=peers.get, default=None)

    def ratio(self):
        """Ours to the best peer's; None where there is nothing to divide, or to divide by."""
        medians = self.medians()
        best = self.best_peer()
        if OURS not in medians or best is None or medians[best] <= 0:
            return None
        rounds = [
            ours / theirs
            for ours, theirs in zip(self.rounds[OURS], self.rounds[best])
            if theirs > 0
        ]
        return Ratio(best, medians[OURS] / medians[best], min(rounds), max(rounds))


@dataclass(frozen=True)
class Ratio:
    """Of the medians, and the least and the greatest of the rounds."""

    peer: str
    value: float
    least: float
    most: float


def shown(value):
    """With as many digits as mean something: 1234, 12.3, 1.23."""
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
