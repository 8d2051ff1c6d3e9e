"""Links between recordings that no identifier ties: by title, artist, duration, release, year and track."""

from tenuto.catalogue.match.model import DEFAULT, Comparison, MatchModel
from tenuto.catalogue.match.proposal import propose

__all__ = ["DEFAULT", "Comparison", "MatchModel", "propose"]
