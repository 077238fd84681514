"""The picture of a run's losses."""

from pathlib import Path

import pytest
from PIL import Image

from seine_core.train.curve import main, read_losses, smooth
from seine_core.train.logs import RunLog


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """Two that followed each other; the second knows two noise levels only."""
    made = []
    for name, levels in (("half", 4), ("full", 2)):
        log = RunLog(tmp_path / name, 0, tensorboard=False)
        for step in (20, 40, 60):
            losses = {f"loss_noise_{level}": 10.0**-level / step for level in range(levels)}
            log.log_training(step, {"loss": 1 / step, **losses})
        log.close()
        made.append(tmp_path / name)
    return made


def test_runs_are_read_one_after_the_other(runs: list[Path]) -> None:
    losses = read_losses(runs)
    assert losses.ends == [60, 120]
    assert [x for x, _ in losses.series["loss"]] == [20, 40, 60, 80, 100, 120]
    assert losses.series["loss"][3][1] == pytest.approx(1 / 20)
    assert [x for x, _ in losses.series["loss_noise_3"]] == [20, 40, 60]


def test_a_point_is_the_mean_of_the_lines_up_to_it() -> None:
    points = [(float(i), float(i % 2)) for i in range(60)]
    assert smooth(points)[0] == (0, 0)
    assert smooth(points)[1] == (1, 0.5)
    assert smooth(points)[59][1] == pytest.approx(13 / 25)


def test_the_picture_has_a_line_for_each_level(runs: list[Path], tmp_path: Path) -> None:
    main(runs, tmp_path / "curve.png")
    with Image.open(tmp_path / "curve.png") as picture:
        found = picture.convert("RGB").getcolors(1 << 24)
    assert found is not None
    colours = {colour for _, colour in found}
    assert {(0, 114, 178), (0, 158, 115), (213, 94, 0), (204, 121, 167)} <= colours


def test_faults_are_told_in_a_line(runs: list[Path], tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"error: .*nowhere/log\.csv: cannot be read"):
        main([tmp_path / "nowhere"], tmp_path / "curve.png")
    with pytest.raises(SystemExit, match=r"name a \.png or \.webp file"):
        main(runs, tmp_path / "curve.odd")
