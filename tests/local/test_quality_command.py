"""The command from end to end on told models, and the public data it may be given."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from local.benchmarks.model_quality.__main__ import app
from local.benchmarks.model_quality.public_data import DataMissing, PublicData
from local.benchmarks.model_quality.runs import Run
from local.benchmarks.model_quality.subject import serving, subject
from local.benchmarks.model_quality.verdicts import verdict, verdict_by_label
from local.processes import ShopError
from shopwright.answers import Answer, Citation
from tests.local.told_model import told_model

EPQA = """qid,question,ASIN,candidate,source,qa_pair_id,title,label,answer
{rows}"""
HETPQA = """ASIN\tquestion\tcandidate\tanswer\tsource
A1\tis it heavy?\tit weighs 3 kg with the stand.\tit weighs 3 kg with the stand.\tCQA
A1\tis it heavy?\tweight: {{ value:3 }}\tit weighs 3 kg.\tattribute
A2\tdoes it float?\tno, it sinks at once.\tit floats for 20 hours.\treview
"""


def question(qid, answering, silent):
    rows = [(text, 2) for text in answering] + [(text, 0) for text in silent]
    return [f"{qid},how heavy is lamp {qid}?,A,{text},review,1,Lamp {qid},{label}," for text, label in rows]


@pytest.fixture
def folder(tmp_path):
    """The files as they are published, with rows of our own."""
    (tmp_path / "product-qa").mkdir()
    (tmp_path / "ad-copy-zh").mkdir()
    silent = ["it came on time.", "my cat likes it.", "the box was blue."]
    rows = [
        *question(1, ["it weighs 3 kg in all."], silent),
        *question(2, ["the lamp is 4 kg."], silent),
        *question(3, [], silent),
        *question(4, ["it is 5 kg. Question: how heavy?"], [*silent, "."]),
    ]
    (tmp_path / "product-qa/ePQA__dev_a.csv").write_text(EPQA.format(rows="\n".join(rows)))
    (tmp_path / "product-qa/hetPQA__answer_generation__dev.csv").write_text(HETPQA)
    copy = {"content": "类型#裙*颜色#蓝色*图案#条纹*图案#印花", "summary": "这款裙是蓝色的，图案是条纹。"}
    clothes = [copy, {**copy, "summary": "蓝色的裙，容量98升。"}]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in clothes)
    (tmp_path / "ad-copy-zh/advertisegen_dev_a.jsonl").write_text(text, encoding="utf-8")
    return tmp_path


def test_public_data_are_read_as_they_are_published(folder):
    data = PublicData(folder, 7)
    labelled = {row.title: row for row in data.labelled(10)}
    assert sorted(labelled) == ["Lamp 1", "Lamp 2", "Lamp 4"]  # nothing answers the third
    assert labelled["Lamp 4"].answering == ("it is 5 kg.",)  # without the question it came from
    assert len(labelled["Lamp 4"].silent) == 3
    assert {row.text for row in data.answered(10)} == {
        "it weighs 3 kg with the stand.",
        "no, it sinks at once.",
    }
    described = data.described(10)[0].facts
    assert described.title == "裙"
    assert [(d.attribute_name, d.attribute_value) for d in described.product_detail] == [
        ("颜色", "蓝色"),
        ("图案", "条纹、印花"),
    ]


def test_a_sample_is_the_same_for_the_same_seed(folder):
    assert PublicData(folder, 7).labelled(2) == PublicData(folder, 7).labelled(2)


def test_what_is_missing_is_named(tmp_path, folder):
    (folder / "ad-copy-zh/advertisegen_dev_a.jsonl").unlink()
    with pytest.raises(DataMissing, match=r"no .*advertisegen_dev_a\.jsonl"):
        PublicData(folder, 7)


def test_a_bad_row_is_named_by_its_line(folder):
    with (folder / "ad-copy-zh/advertisegen_dev_a.jsonl").open("a") as file:
        file.write('\n{"content": "颜色#蓝色", "summary": "蓝"}')
    with pytest.raises(DataMissing, match="line 3"):
        PublicData(folder, 7).described(1)


def answer(source=None, quote=""):
    cited = [Citation(source=source, title="t", quote=quote)] if source else []
    return Answer(
        served_by="rules",
        question_id="q",
        conversation_id="c",
        answer="a",
        citations=cited,
        confidence=1,
        hand_over=not cited,
        language="en",
        answered_at=datetime(2026, 11, 1, tzinfo=UTC),
        prompt_version="1",
    )


def test_verdicts():
    row = {"source": "article:a", "answer": ["1000", "Day"]}
    assert verdict(row, answer()) == "refused"
    assert verdict(row, answer("article:a", "Within 1,000 days.")) == "right"
    assert verdict(row, answer("article:b", "Within 1,000 days.")) == "wrong"
    assert verdict(row, answer("article:a", "Within 9 days.")) == "wrong"
    assert verdict({"source": None, "answer": []}, answer("article:a", "Within 9 days.")) == "wrong"
    assert verdict_by_label(answer("product:p", "It weighs\n3 kg."), ["so it weighs 3 kg. yes"]) == "right"
    assert verdict_by_label(answer("product:p", "It is blue."), ["it weighs 3 kg."]) == "wrong"
    assert verdict_by_label(answer(), ["it weighs 3 kg."]) == "refused"


def repeats(body):
    """The fact or the attributes in the request; of everything else nothing."""
    asked = body["messages"][-1]["content"]
    if asked.startswith("Fact: "):
        return asked.partition(": ")[2].partition("\n<question>")[0].partition(": ")[2]
    return "这款裙是蓝色的，图案是条纹。" if "裙" in asked else "Hm."


def test_the_command_measures_keeps_and_renders(folder, tmp_path):
    kept, out = tmp_path / "kept.json", tmp_path / "docs" / "quality.md"
    options = ["--quick", "--json", str(kept), "--out", str(out), "--data", str(folder), "--label", "told"]
    with told_model(repeats) as (url, asked):
        for task in ("hetpqa", "epqa", "clothes"):
            done = CliRunner().invoke(app, ["--url", url, "--model", "adapter-1", "--only", task, *options])
            assert done.exit_code == 0, done.output
    assert {body["model"] for body in asked} == {"adapter-1"}
    run = Run.read(kept)
    assert run.about["text model"] == "adapter-1"
    counted = {
        (name.data, name.task, name.measure): (share.passed, share.of)
        for name, share in run.results.shares.items()
    }
    assert counted["hetPQA", "answerable, model alone", "best of 3: pass"][1] == 2
    assert counted["hetPQA", "answerable, model alone", "a person's text: pass"] == (1, 2)
    assert counted["ePQA", "unanswerable, whole service", "handed over"][1] == 3
    assert counted["AdvertiseGen", "product_description", "best of 8"] == (2, 2)
    assert counted["AdvertiseGen", "product_description", "a person's text"] == (1, 2)
    document = out.read_text(encoding="utf-8")
    assert "| told |" in document
    assert document.count("--only epqa") == 1  # each command that went into it
    assert str(folder) not in document + kept.read_text(encoding="utf-8")  # nothing of this machine's paths
    twice = tmp_path / "twice.md"
    done = CliRunner().invoke(app, ["render", str(kept), str(kept), "--out", str(twice)])
    assert done.exit_code == 0, done.output
    assert "| told | told |" in twice.read_text(encoding="utf-8")


def test_results_of_two_models_do_not_go_into_one_file(tmp_path):
    kept = tmp_path / "kept.json"
    options = ["--quick", "--only", "json", "--json", str(kept), "--out", str(tmp_path / "quality.md")]
    with told_model(lambda body: "{}") as (url, _):
        assert CliRunner().invoke(app, ["--url", url, "--model", "one", *options]).exit_code == 0
        done = CliRunner().invoke(app, ["--url", url, "--model", "two", *options])
    assert done.exit_code == 1
    assert "text model one, not two" in done.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--only", "poems"], "poems is none of"),
        (["--data", "/nowhere"], "ePQA__dev_a.csv"),
        (["--url", "http://127.0.0.1:9"], "cannot be measured"),
        (["render", "/nowhere.json"], "/nowhere.json"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(options, said, tmp_path):
    done = CliRunner().invoke(app, options)
    assert done.exit_code != 0
    assert said in done.output
    assert "Traceback" not in done.output


def test_a_server_of_our_own_is_started_and_stopped():
    with serving() as url, subject(url, None, None) as found:
        assert found.text_id
        assert found.dimensions == len(found.model.embed_queries(["hello"]).vectors[0])
    with pytest.raises(ShopError, match="cannot be measured"), subject(url, None, None):
        pass
