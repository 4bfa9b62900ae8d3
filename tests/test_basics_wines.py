"""The wines that ship with the package are those that everyone knows."""

import numpy as np
import pytest

from mlopt_course.basics import wines


def test_the_wines_are_those_of_scikit_learn():
    datasets = pytest.importorskip("sklearn.datasets")
    theirs, ours = datasets.load_wine(), wines()
    np.testing.assert_array_equal(ours.X, theirs.data)
    np.testing.assert_array_equal(ours.cultivar, theirs.target)
    assert len(ours.names) == ours.X.shape[1]


def test_columns_are_found_by_name_in_the_order_asked_for():
    found = wines()
    chosen = found.columns("proline", "alcohol")
    np.testing.assert_array_equal(chosen, np.column_stack([found.X[:, -1], found.X[:, 0]]))
    assert chosen[0].tolist() == [1065.0, 14.23]
    with pytest.raises(ValueError, match="'alcool'"):
        found.columns("alcool")
