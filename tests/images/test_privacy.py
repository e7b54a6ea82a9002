"""No identifying value of a DICOM file reaches an output."""

from __future__ import annotations

import copy
import json
import warnings

import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from bonecohort.faults import DataFault
from tests.images.kinds import convert_series
from tests.images.writer import INTERCEPT, ct_series, set_pixels

TOKEN = "ZQX"
PLANTED = {
    "PatientName": f"{TOKEN}NAME^JANE",
    "PatientID": f"{TOKEN}ID",
    "PatientBirthDate": "19410203",
    "PatientAddress": f"{TOKEN}ADDRESS",
    "OtherPatientIDs": f"{TOKEN}OTHER",
    "AccessionNumber": f"{TOKEN}ACC",
    "InstitutionName": f"{TOKEN}HOSPITAL",
    "InstitutionAddress": f"{TOKEN}STREET",
    "InstitutionalDepartmentName": f"{TOKEN}DEPARTMENT",
    "StationName": f"{TOKEN}STATION",
    "DeviceSerialNumber": f"{TOKEN}SERIAL",
    "ReferringPhysicianName": f"{TOKEN}DOCTOR",
    "OperatorsName": f"{TOKEN}OPERATOR",
    "StudyDescription": f"{TOKEN}STUDYTEXT",
    "SeriesDescription": f"{TOKEN}SERIESTEXT",
    "ProtocolName": f"{TOKEN}PROTOCOL",
    "ImageComments": f"{TOKEN}COMMENT",
    "PatientComments": f"{TOKEN}COMMENT",
    "StudyID": f"{TOKEN}STUDY",
    "StudyDate": "20190405",
    "SeriesDate": "20190405",
    "AcquisitionDate": "20190405",
    "ContentDate": "20190405",
    "StudyTime": "101112",
    "FrameOfReferenceUID": "1.2.826.0.1.99999",
}
SECRETS = (TOKEN, "19410203", "20190405", "101112", "99999")


@pytest.fixture
def series():
    made = ct_series()
    for dataset in made.datasets:
        for keyword, value in PLANTED.items():
            setattr(dataset, keyword, value)
        block = dataset.private_block(0x0029, f"{TOKEN} PRIVATE", create=True)
        block.add_new(0x10, "LO", f"{TOKEN}PRIVATE")
    return made


def missing(series):
    del series.datasets[4]


def truncated(series):
    series.datasets[4].PixelData = series.datasets[4].PixelData[:-40]


def unscaled(series):
    del series.datasets[4].RescaleSlope


def differing(series):
    twin = copy.deepcopy(series.datasets[4])
    set_pixels(twin, series.hu[4] + 7 - INTERCEPT)
    series.datasets.append(twin)


def two_series(series):
    twins = ct_series(offset=5).datasets
    for dataset in twins:
        dataset.SeriesDescription, dataset.PatientName = TOKEN, TOKEN
    series.datasets.extend(twins)


def two_patients(series):
    series.datasets[2].PatientID = f"{TOKEN}SECOND"


def turned(series):
    series.datasets[4].ImageOrientationPatient = [0, 1, 0, 0, 0, -1]


def test_the_output_holds_no_identity(tmp_path, series):
    series.write(tmp_path, TOKEN)
    (tmp_path / f"{TOKEN}.txt").write_text("stray")
    converted = convert_series(tmp_path, "ct")
    text = json.dumps(converted.sidecar) + json.dumps(converted.files.not_used)
    assert not [secret for secret in SECRETS if secret in text]
    assert series.uid not in text


@pytest.mark.parametrize(
    "harm", [missing, truncated, unscaled, differing, two_series, two_patients, turned]
)
def test_no_reason_holds_identity(tmp_path, series, harm):
    harm(series)
    with pytest.raises(DataFault) as caught:
        convert_series(series.write(tmp_path, TOKEN), "ct")
    assert not [secret for secret in SECRETS if secret in caught.value.reason]
    assert series.uid not in caught.value.reason


@pytest.mark.parametrize("keyword", ["ConvolutionKernel", "ManufacturerModelName"])
def test_a_value_that_swallowed_its_neighbours_is_not_reported(tmp_path, series, keyword):
    """A damaged length makes a text of the elements that follow it, a name among them."""
    for dataset in series.datasets[:2]:
        setattr(dataset, keyword, f"B\x10\x00\x10\x00PN{TOKEN}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = series.write(tmp_path, TOKEN)
    try:
        told = json.dumps(convert_series(folder, "ct").sidecar)
    except DataFault as fault:
        told = fault.reason
    assert TOKEN not in told


def test_a_text_that_is_a_sequence_is_not_reported(tmp_path, series):
    item = Dataset()
    item.PatientName = TOKEN
    for dataset in series.datasets:
        dataset[0x00181210] = DataElement(0x00181210, "SQ", [item])
    assert TOKEN not in json.dumps(convert_series(series.write(tmp_path, TOKEN), "ct").sidecar)
