"""DXA in FHIR: codes, texts, units, and whose a file is."""

from __future__ import annotations

import json

import pytest

G_PER_CM2 = {"unit": "g/cm2", "system": "http://unitsofmeasure.org", "code": "g/cm2"}
T = {"unit": "T-Score", "system": "http://unitsofmeasure.org", "code": "{T-Score}"}


def observation(code=None, value=0.9, unit=G_PER_CM2, text="", subject="Patient/P1", **more):
    coding = [{"system": "http://loinc.org", "code": code}] if code else []
    return {
        "resourceType": "Observation", "status": "final",
        "code": {"coding": coding, **({"text": text} if text else {})},
        "subject": {"reference": subject}, "effectiveDateTime": "2021-11-10T19:14:41-08:00",
        "valueQuantity": {"value": value, **unit},
    } | more  # fmt: skip


def bundle(*resources):
    return json.dumps({"resourceType": "Bundle", "type": "collection",
                       "entry": [{"resource": one} for one in resources]})  # fmt: skip


def test_the_bundle_of_us_core(assemble, shared):
    content = (shared / "fhir_uscore_dxa_bundle.json").read_bytes()
    found = assemble({"dxa.json": content})
    values = found.values()
    assert values["total_hip", "bmd"] == 0.734
    assert values["total_hip", "t_score"] == -1.62
    assert values["total_hip", "z_score"] == -0.19
    assert values["femoral_neck", "bmd"] == 0.631
    assert values["femoral_neck", "t_score"] == -1.48
    assert values["femoral_neck", "z_score"] == 0.05
    assert values["lowest", "who_class"] == 1
    assert ("femoral_neck", "femur_as_neck") in found.flags()
    assert found.methods()["total_hip", "bmd"] == "dxa.unknown"
    assert found.exclusions() == []


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (observation("24966-4"), ("L1-L4", "bmd")),
        (observation("38267-1", -1.2, T), ("L1-L4", "t_score")),
        (observation("38264-8", -1.2, {}), ("total_hip", "t_score")),
        (observation(text="DXA Hip-R ArMass BMD"), ("total_hip", "bmd")),
        (observation(text="BMD - Left Femoral neck"), ("femoral_neck", "bmd")),
        (observation(text="Lumbar spine T-score", value=-1.0, unit={"unit": "1"}),
         ("L1-L4", "t_score")),
        (observation("24701-5", 0.887, {"unit": "g/cm²", "code": "g/cm-2"}),
         ("femoral_neck", "bmd")),
        (observation("99999-9", text="L1-L4 bone mineral density"), ("L1-L4", "bmd")),
    ],
)  # fmt: skip
def test_codes_and_texts(assemble, content, key):
    found = assemble({"dxa.json": json.dumps(content)})
    assert found.values()[key] == content["valueQuantity"]["value"]


def test_a_report_with_contained_observations(assemble):
    report = {"resourceType": "DiagnosticReport", "status": "final",
              "contained": [observation("24966-4")]}  # fmt: skip
    assert assemble({"a.json": json.dumps(report)}).values()["L1-L4", "bmd"] == 0.9


@pytest.mark.parametrize("join", ["\n".join, lambda texts: f"[{', '.join(texts)}]"])
def test_several_documents_in_one_file(assemble, join):
    both = [json.dumps(observation("24966-4")), json.dumps(observation("38264-8", -1.0, T))]
    assert set(assemble({"a.json": join(both)}).values()) >= {
        ("L1-L4", "bmd"), ("total_hip", "t_score")
    }  # fmt: skip


def test_components_of_an_observation(assemble):
    content = observation("24966-4", component=[
        {"code": {"text": "Lumbar spine T-score"}, "valueQuantity": {"value": -1.3}},
        {"code": {"text": "Lumbar spine Z-score"}, "valueQuantity": {"value": 0.3}},
    ])  # fmt: skip
    values = assemble({"a.json": json.dumps(content)}).values()
    assert values["L1-L4", "bmd"] == 0.9
    assert values["L1-L4", "t_score"] == -1.3
    assert values["L1-L4", "z_score"] == 0.3


@pytest.mark.parametrize(
    ("device", "maker"),
    [
        ({"reference": "Device/d1"}, "lunar"),
        ({"display": "Hologic Discovery A"}, "hologic"),
        ({"reference": "Device/other"}, "unknown"),
        ("d1", "unknown"),
    ],
)
def test_the_maker_of_the_device(assemble, device, maker):
    resource = {"resourceType": "Device", "id": "d1", "manufacturer": "GE Healthcare"}
    found = assemble({"a.json": bundle(resource, observation("24966-4", device=device))})
    assert found.methods()["L1-L4", "bmd"] == f"dxa.{maker}"


def test_the_side_of_a_body_site(assemble):
    both = [observation("38264-8", t, T, bodySite={"text": f"{side} hip"})
            for t, side in ((-1.0, "Left"), (-1.4, "Right"))]  # fmt: skip
    values = assemble({"a.json": bundle(*both)}).values()
    assert values["total_hip_left", "t_score"] == -1.0
    assert values["total_hip_right", "t_score"] == -1.4


def test_a_file_of_several_patients_is_parted_by_subject(assemble):
    of_two = bundle(
        observation("24966-4", 0.9, subject="Patient/P1"),
        observation("24966-4", 0.8, subject="https://example.org/fhir/Patient/P2"),
        observation("24966-4", 0.7, subject="Patient/Somebody"),
    )
    found = assemble({"a.json": of_two}, series=[(name, "a.json") for name in ("P1", "P2", "P3")])
    assert found.values("P1")["L1-L4", "bmd"] == 0.9
    assert found.values("P2")["L1-L4", "bmd"] == 0.8
    assert found.values("P3") == {}
    ((_, reason),) = found.exclusions("P3")
    assert "no Observation of this participant" in reason
    assert "Somebody" not in reason


def test_a_file_of_one_patient_is_its_participants_whatever_the_subject(assemble):
    found = assemble({"a.json": bundle(observation("24966-4", subject="Patient/hospital-7"))})
    assert found.values()["L1-L4", "bmd"] == 0.9


def test_a_file_of_one_patient_that_is_listed_for_two_is_not_both_of_them(assemble):
    one = bundle(observation("24966-4", subject="Patient/P1"))
    found = assemble({"a.json": one}, series=[("P1", "a.json"), ("P2", "a.json")])
    assert found.values("P1")["L1-L4", "bmd"] == 0.9
    assert found.values("P2") == {}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (observation("24966-4", 812, {"unit": "mg/cm2"}), "unit mg/cm2; g/cm2 is expected"),
        (observation("24966-4", 0.9, {"code": "g/cm2", "unit": "mg/cm2"}), "unit g/cm2, mg/cm2;"),
        (observation("24966-4", 812), "may be mg/cm²"),
        (observation("24966-4", unit={}), "unit missing; g/cm2 is expected"),
        (observation("24966-4", "0.9"), "value '0.9'; a number is expected"),
        (observation("24966-4", True), "value 'True'; a number is expected"),
        (observation("38267-1", 10**300, T), "a number is expected"),
        (observation("38267-1", [1], T), "value '[1]'; a number is expected"),
        (observation("38267-1", 95, {"unit": "%YAM"}), "unit %YAM; a score"),
        (observation("38267-1", -9.5, T), "T-score -9.5"),
        (observation("24966-4", status="entered-in-error"), "status entered-in-error"),
        (observation("24966-4", valueQuantity=None), "no valueQuantity"),
        (observation("24966-4", valueQuantity={"value": 0.9, "comparator": "<", **G_PER_CM2}),
         "< 0.9"),
        (observation("24966-4", effectiveDateTime="someday, long ago"), "no plain date"),
    ],
)  # fmt: skip
def test_observations_that_are_refused(assemble, content, told):
    found = assemble({"a.json": json.dumps(content)})
    assert found.values() == {}
    ((_, reason),) = found.exclusions()
    assert told in reason
    assert reason.startswith("a.json, Observation 1")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "no readable JSON"),
        (json.dumps(observation("38267-1", float("nan"), T)), "no readable JSON"),
        ('{"resourceType": "Observation", "valueQuantity": {"value": ' + "9" * 5000 + "}}",
         "no readable JSON"),
        (b"{\xff}", "no readable JSON"),
        ('{"resourceType": "Patient"}', "no Observation"),
        ("[1, 2]", "no Observation"),
        ('{"resourceType": "Bundle", "entry": null}', "no Observation"),
        ('{"resourceType": "DiagnosticReport", "text": {"div": "<td>L1-L4</td><td>0.912</td>"}}',
         "Values in a narrative (text.div) are not read"),
        (json.dumps(observation("29463-7", 70, {"unit": "kg"})), "code 29463-7"),
        (json.dumps(observation("46279-6")), "code 46279-6"),
        (json.dumps(observation(text="BMD of Mary Miller")), "no code"),
    ],
)  # fmt: skip
def test_files_that_say_nothing(assemble, content, told):
    found = assemble({"a.json": content})
    assert found.values() == {}
    ((_, reason),) = found.exclusions()
    assert told in reason
    assert "Miller" not in reason


def test_a_code_that_is_not_known_is_reported_beside_those_that_are(assemble):
    found = assemble({"a.json": bundle(observation("24966-4"), observation("29463-7", 70))})
    assert found.values()["L1-L4", "bmd"] == 0.9
    assert ("", "not_read: a.json, Observation 2: code 29463-7") in found.flags()


@pytest.mark.parametrize("depth", [30, 20_000])
def test_bundles_within_bundles_end(assemble, depth):
    content = json.dumps(observation("24966-4"))
    text = '{"resourceType": "Bundle", "entry": [{"resource": ' * depth + content + "}]}" * depth
    found = assemble({"a.json": text})
    assert found.values() == {}
    assert len(found.exclusions()) == 1


def with_site(text="", *displays, code=None, named="", value=0.9, unit=G_PER_CM2, **body):
    concept = {"text": text, "coding": [{"display": one} for one in displays], **body}
    return observation(code, value, unit, named, bodySite=concept)


def snomed(*codes):
    return [{"system": "http://snomed.info/sct", "code": code} for code in codes]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (with_site("L1-L4", named="BMD"), ("L1-L4", "bmd")),
        (with_site("Lumbar spine", named="Bone mineral density"), ("L1-L4", "bmd")),
        (with_site("", "Lumbar spine structure (body structure)", named="BMD"), ("L1-L4", "bmd")),
        (with_site("", "Structure of neck of left femur", named="BMD"), ("femoral_neck", "bmd")),
        (with_site("Left hip region structure", named="DXA BMD"), ("total_hip", "bmd")),
        (with_site("First lumbar vertebra", named="BMD"), ("L1", "bmd")),
        (with_site("Hip", named="Total BMD"), ("total_hip", "bmd")),
        (with_site("Lumbar spine", named="Total BMD"), ("L1-L4", "bmd")),
        (with_site("Left hip", named="Femoral neck BMD"), ("femoral_neck", "bmd")),
        (with_site("Lumbar spine", named="L2 BMD"), ("L2", "bmd")),
        (with_site("L2-L4", code="24966-4"), ("L2-L4", "bmd")),
        (with_site("Left femoral neck", code="80954-1"), ("femoral_neck", "bmd")),
        (with_site("Total hip", code="24701-5"), ("total_hip", "bmd")),
        (with_site("Radius", named="33% BMD"), ("radius_33", "bmd")),
        (with_site(named="BMD", coding=snomed("122496007")), ("L1-L4", "bmd")),
        (with_site(named="BMD", coding=snomed("29627003", "7771000")), ("femoral_neck", "bmd")),
        (with_site("Lendenwirbelsäule", named="Knochendichte"), ("L1-L4", "bmd")),
        (with_site("腰椎", named="骨密度"), ("L1-L4", "bmd")),
        (with_site("L1-L4", named="T-score", value=-1.0, unit=T), ("L1-L4", "t_score")),
    ],
)
def test_regions_of_body_sites(assemble, content, key):
    found = assemble({"a.json": json.dumps(content)})
    assert found.values()[key] == content["valueQuantity"]["value"]
    assert {site for site, _ in found.values()} <= {key[0], "lowest"}
    assert "femur_as_neck" not in [text for _, text in found.flags()]


@pytest.mark.parametrize(
    "bodies",
    [
        [{"text": "Neck of femur", "coding": [{"display": side}]} for side in ("Left", "Right")],
        [{"coding": snomed("29627003", code)} for code in ("7771000", "24028007")],
        [{"text": f"Femoral neck {side}"} for side in ("L", "R")],
        [
            {"text": "Neck of femur", "extension": [
                {"url": "laterality", "valueCodeableConcept": {"coding": snomed(code)}}]}
            for code in ("7771000", "24028007")
        ],
    ],
)  # fmt: skip
def test_sides_of_body_sites(assemble, bodies):
    both = [
        observation(value=value, text="BMD", bodySite=body)
        for value, body in zip((0.8, 0.7), bodies, strict=True)
    ]
    values = assemble({"a.json": bundle(*both)}).values()
    assert values == {("femoral_neck_left", "bmd"): 0.8, ("femoral_neck_right", "bmd"): 0.7}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (with_site("Right hip", code="46278-8"), "the code is of total_hip left, and bodySite of"),
        (with_site("Lumbar spine", named="Femoral neck BMD"), "the code is of femoral_neck"),
        (with_site("Whole body", code="24966-4"), "bodySite of another region"),
        (with_site("Forearm", code="24966-4"), "bodySite of radius_33"),
        (with_site("Femoral neck", named="Total hip BMD"), "bodySite of femoral_neck"),
        (with_site("L2-L4", named="L1-L4 BMD"), "bodySite of L2-L4"),
        (with_site("Left hip", "Right hip", named="BMD"), "both sides"),
        (with_site("Femoral neck", "L1-L4", named="BMD"), "L1-L4 and femoral_neck"),
        (with_site("Left femur", named="BMD"), "the femur without its part"),
    ],
)
def test_body_sites_that_contradict_are_refused(assemble, content, told):
    found = assemble({"a.json": json.dumps(content)})
    assert found.values() == {}
    ((site, reason),) = found.exclusions()
    assert site == ""
    assert told in reason
    assert reason.startswith("a.json, Observation 1: ")


@pytest.mark.parametrize("text", ["", "Knee of Mary Miller", "Left"])
def test_a_measure_without_a_known_region_is_not_guessed(assemble, text):
    found = assemble({"a.json": bundle(with_site(text, named="BMD"), observation("24966-4"))})
    assert found.values() == {("L1-L4", "bmd"): 0.9}
    assert ("", "not_read: a.json, Observation 1: no code") in found.flags()
    assert not any("Miller" in text for _, text in found.flags())
