"""FID with clean-fid's network and antialiased resize."""

from benchmark.results.metric import Metric, with_fid
from benchmark.scoring.sets.frechet import frechet_distance, frechet_influences

METRIC = Metric(
    name="fid-clean",
    title="FID (clean)",
    digits=2,
    order=40,
    features="clean",
    meaning="FID with clean-fid's antialiased resize",
    formula="as FID, with clean-fid's antialiased resize",
    source="Parmar et al. 2022, arXiv:2104.11222",
    blind_to="copying; small N",
    better="lower",
    low=0,
    per="set",
    function=frechet_distance,
    influences=frechet_influences,
    applies=with_fid,
    biased=True,
    floors="all but copies",
)
