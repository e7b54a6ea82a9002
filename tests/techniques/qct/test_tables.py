"""Tables of rods and of tissues, as people and programs write them."""

from __future__ import annotations

import pytest

from bonecohort.faults import DataFault
from bonecohort.techniques.qct.rod_table import calibrate_by_table
from bonecohort.techniques.qct.settings import PhantomSettings
from bonecohort.techniques.qct.tissue_table import read_tissue_table

K2HPO4, HA, UNDECLARED = PhantomSettings("K2HPO4"), PhantomSettings("HA"), PhantomSettings()
LINEAR = "rod,density,hu\nA,0,10\nB,100,135\nC,200,260\n"
MINDWAYS = """\
rod,k2hpo4,water,hu
A,375.83,923.2,462.93637565619906
B,157.05,1119.52,345.73809215407005
C,58.88,1103.57,176.71197512467555
D,-53.4,1056.95,-35.378190313384316
E,-51.83,1012.25,-69.54917011727602
"""


@pytest.fixture
def calibrated(tmp_path):
    def of(text, phantom=K2HPO4, name="rods.csv"):
        path = tmp_path / "ZHANG SAN" / name
        path.parent.mkdir()
        path.write_text(text)
        return calibrate_by_table(path, phantom, "P1")

    return of


def test_the_published_tables_give_the_published_lines(shared_data):
    folder = shared_data.parent / "modalities/ct_data/bmd"
    linear = calibrate_by_table(folder / "linear_rods.csv", K2HPO4, "P1").calibration
    assert (linear.slope, linear.intercept) == pytest.approx((0.7539727523, 6.3344101), rel=1e-6)
    mindways = calibrate_by_table(folder / "mindways_rods.csv", UNDECLARED, "P1").calibration
    assert mindways.slope == pytest.approx(0.8002826627, rel=1e-6)
    assert mindways.intercept == pytest.approx(8.1229065, rel=1e-6)


READ = {
    "plain": LINEAR,
    "other order and case": "HU,Rod,Density [mg/cm3]\n10,A,0\n135,B,100\n260,C,200\n",
    "semicolons and commas": "rod;density;hu\nA;0,0;10,0\nB;100,0;135,0\nC;200,0;260,0\n",
    "with SD and size": "rod,density,hu,sd,n\nA,0,10,5,80\nB,100,135,6,80\nC,200,260,5,80\n",
    "other columns": "rod,comment,density,hu\nA,ok,0,10\nB,,100,135\nC,,200,260\n",
    "several participants": LINEAR.replace("rod", "participant_id,rod").replace("A,", "P1,A,")
    .replace("B,", "P1,B,").replace("C,", "P1,C,") + "P2,A,0,500\nP2,B,100,600\n",
}  # fmt: skip


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_a_table_of_rods_is_read(calibrated, text):
    found = calibrated(text).calibration
    assert (found.slope, found.intercept) == pytest.approx((0.8, -8.0))
    assert found.method == "qct.rods.k2hpo4"


def test_a_mindways_table_in_another_order_and_case_is_known_by_its_water(calibrated):
    rows = [line.split(",") for line in MINDWAYS.splitlines()]
    rows[0] = ["Rod", "K2HPO4 (mg/cc)", "Water (mg/cc)", "Mean HU"]
    text = "\n".join("\t".join([row[3], row[2], row[0], row[1]]) for row in rows)
    found = calibrated(text, UNDECLARED, "rods.tsv").calibration
    assert found.slope == pytest.approx(0.8002826627, rel=1e-6)
    assert found.method == "qct.mindways.k2hpo4"


def test_the_column_or_the_settings_says_the_mineral(calibrated):
    assert calibrated(LINEAR.replace("density", "HA"), UNDECLARED).calibration.equivalent == "HA"


def test_calcium_hydroxyapatite_is_ha(calibrated):
    assert calibrated(LINEAR.replace("density", "CaHA"), UNDECLARED).calibration.equivalent == "HA"


REFUSED = {
    "no mineral": (LINEAR, UNDECLARED, "declare bmd.phantom.equivalent"),
    "another mineral": (LINEAR.replace("density", "ha"), K2HPO4, "densities of HA.*is K2HPO4"),
    "Mindways as HA": (MINDWAYS, HA, "densities of K2HPO4.*is HA"),
    "Mindways without water": (
        LINEAR.replace("density", "k2hpo4"), K2HPO4, "no column water"),
    "no densities": ("rod,hu\nA,1\nB,2\nC,3\n", K2HPO4, "one column of densities.*found: none"),
    "two densities": (
        "rod,density,ha,hu\nA,0,0,10\nB,100,100,135\nC,200,200,260\n", K2HPO4, "density and ha"),
    "no HU": ("rod,density\nA,0\nB,100\nC,200\n", K2HPO4, "column hu is missing"),
    "two columns of HU": (
        "rod,density,hu,mean\nA,0,1,1\nB,100,2,2\nC,200,3,3\n", K2HPO4, "hu and mean mean"),
    "a blank": (LINEAR.replace("135", ""), K2HPO4, "row 3, hu: blank"),
    "a blank water": (MINDWAYS.replace("1119.52", ""), K2HPO4, "row 3, water: blank"),
    "a word": (LINEAR.replace("135", "many"), K2HPO4, "row 3, hu: 'many'"),
    "a rod twice": (LINEAR.replace("C,", "A,"), K2HPO4, "A stands also in row 2"),
    "a rod without a name": (LINEAR.replace("C,", ","), K2HPO4, "row 4, rod: blank"),
    "cut off above": (LINEAR.replace("260", "3071"), K2HPO4, "row 4, hu: 3071.*end of"),
    "cut off below": (LINEAR.replace(",10", ",-1024"), K2HPO4, "row 2, hu: -1024"),
    "two rods": (LINEAR[: LINEAR.index("C")], K2HPO4, "2 rods; 3 or more"),
    "empty": ("", K2HPO4, "is empty"),
    "nobody's": ("participant_id,rod,density,hu\nP2,A,0,10\n", K2HPO4, "no row of this"),
    "a decimal comma unquoted": (LINEAR.replace("10\n", "10,5\n"), K2HPO4, "4 cells where"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "phantom", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_table_that_gives_no_line_is_refused_without_a_name(calibrated, text, phantom, reason):
    with pytest.raises(DataFault, match=reason) as fault:
        calibrated(text, phantom)
    assert "ZHANG" not in fault.value.reason


def test_a_table_that_is_not_there_is_a_fault(tmp_path):
    with pytest.raises(DataFault, match="The table of rods") as fault:
        calibrate_by_table(tmp_path / "ZHANG.csv", K2HPO4, "P1")
    assert "ZHANG" not in fault.value.reason


def test_samples_of_tissues_are_read_under_their_usual_names(tmp_path):
    path = tmp_path / "tissues.csv"
    path.write_text(
        "Tissue,HU,n,SD\nFat,-102,200,10\nAIR,-1000,300,8\nBlood,42,100,12\n"
        "Cortical bone,1250,20,80\nskeletal_muscle,58,150,11\n"
    )
    found = read_tissue_table(path, "P1")
    assert {name: one.hu for name, one in found.items()} == {
        "adipose": -102, "air": -1000, "blood": 42, "bone": 1250, "muscle": 58,
    }  # fmt: skip
    assert (found["bone"].sd_hu, found["bone"].n_voxels) == (80, 20)


def test_samples_of_tissues_are_read_by_where_they_lie(tmp_path):
    (tmp_path / "t.csv").write_text(
        "tissue,hu\nsubcutaneous fat,-102\nexternal air,-1000\naorta,42\ncortex,1250\npsoas,58\n"
    )
    found = read_tissue_table(tmp_path / "t.csv", "P1")
    assert set(found) == {"adipose", "air", "blood", "bone", "muscle"}


REFUSED_TISSUES = {
    "unknown": ("tissue,hu\nliver,55\n", "'liver'; adipose, air, blood, bone or muscle"),
    "twice": ("tissue,hu\nfat,-100\nadipose,-99\n", "a second sample of adipose"),
    "small": ("tissue,hu,area_mm2\nfat,-100,9.5\n", "sample of adipose has 9.5 mm²"),
    "no HU": ("tissue,hu\nfat,\n", "row 2, hu: blank"),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED_TISSUES.values(), ids=REFUSED_TISSUES)
def test_a_table_that_gives_no_tissue_is_refused(tmp_path, text, reason):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(DataFault, match=reason):
        read_tissue_table(tmp_path / "t.csv", "P1")
