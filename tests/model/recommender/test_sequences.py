"""The files of histories and texts: what is read, and what is said of those that cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.recommender.sequences import BadFile, read_sequences, read_texts


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "file.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_last_product_tests_and_the_one_before_tunes(tmp_path: Path) -> None:
    read = read_sequences(written(tmp_path, "1 10 30 20 40\n2 30 10\n\n"))
    assert read.numbers.tolist() == [0, 10, 20, 30, 40]
    assert [history.tolist() for history in read.training()] == [[1, 3], [3, 1]]
    assert [history.tolist() for history in read.validation().histories] == [[1, 3]]
    assert read.validation().targets.tolist() == [2]
    assert [history.tolist() for history in read.test().histories] == [[1, 3, 2]]
    assert read.test().targets.tolist() == [4]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 1 2 3\n2 1 x 3\n", "line 2: 'x' is no product"),
        ("1 1 2 3\n2 1 0 3\n", "line 2: '0' is no product"),
        ("1 1 2 3\n2\n", "line 2: no product after the customer"),
        ("7 1 2 3\n8 1 2 3\n7 3 2 1\n", "line 3: customer 7 stands in line 1 too"),
        ("1 1 2\n2 2 1\n", "no line has 3 products"),
        ("", "no line has 3 products"),
    ],
)
def test_a_bad_file_is_named_with_the_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        read_sequences(written(tmp_path, text))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="No such file"):
        read_sequences(tmp_path / "none.txt")


def test_texts_by_place(tmp_path: Path) -> None:
    numbers = read_sequences(written(tmp_path, "1 10 30 20\n")).numbers
    rows = (
        '{"item": 20, "title": "Nail polish", "attributes": ["OPI", "Unknown", "Nails"]}\n'
        '{"item": 30, "short_name": "balm"}\n{"item": 99, "title": "Not sold"}\n\n'
    )
    assert read_texts(written(tmp_path, rows), numbers) == ["", "", "Nail polish; OPI, Nails", "balm"]


@pytest.mark.parametrize(
    ("row", "said"), [("{", "line 1: not JSON"), ('{"title": "x"}', "line 1: needs `item`"), ("[]", "line 1")]
)
def test_bad_texts_are_named_with_the_line(tmp_path: Path, row: str, said: str) -> None:
    numbers = read_sequences(written(tmp_path, "1 10 30 20\n")).numbers
    with pytest.raises(BadFile, match=said):
        read_texts(written(tmp_path, row), numbers)


def test_a_line_separator_inside_a_title_ends_no_row(tmp_path: Path) -> None:
    path = written(tmp_path, '{"item": 10, "title": "one\u2028two"}\r\n{"item": 20, "title": "three"}\r\n')
    assert read_texts(path, np.array([0, 10, 20])) == ["", "one\u2028two", "three"]
