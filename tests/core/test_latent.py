"""Vector arithmetic on codes worked by hand."""

import numpy as np
import pytest

from aegan_lib import latent

Z = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 2.0], [4.0, 6.0]])


def test_attribute_vector():
    smiling = np.array([False, True, False, True])
    assert latent.attribute_vector(Z, smiling).tolist() == [4, 2]
    for alike in (smiling | True, smiling & False):
        with pytest.raises(ValueError, match=r"with and images|with the attribute.*Received"):
            latent.attribute_vector(Z, alike)


def test_arithmetic():
    assert latent.arithmetic(Z[1:2], Z[:2], Z[2:]).tolist() == [4 - 2 + 2, 0 - 0 + 4]
    assert latent.arithmetic(Z[:1], Z[3:], Z[:1]).tolist() == [-4, -6]  # not clipped


def test_a_balanced_vector_keeps_the_other_attribute_out():
    # Lipstick adds (1, 0), being a man (0, 10); three of four women wear it, one of four men.
    male = np.repeat([False, True], 4)
    lipstick = np.array([True, True, True, False, True, False, False, False])
    z = lipstick[:, None] * [1.0, 0.0] + male[:, None] * [0.0, 10.0]
    assert latent.attribute_vector(z, lipstick).tolist() == [1, -5]
    assert latent.balanced_vector(z, lipstick, male).tolist() == [1, 0]


def test_strata_count_by_their_pairs():
    # Stratum a: 1 with, 1 without, vector 3, weight 1/2. b: 2 and 2, vector 6, weight 1.
    # c has nobody without: left out.
    z = np.array([[3.0], [0.0], [7.0], [5.0], [1.0], [-1.0], [99.0]])
    attribute = np.array([True, False, True, True, False, False, True])
    strata = np.array(list("aabbbbc"))
    assert latent.balanced_vector(z, attribute, strata) == pytest.approx([(3 / 2 + 6) / 1.5])
    # The coefficient of the attribute, by least squares on it and one constant a stratum.
    design = np.column_stack([attribute, *(strata == s for s in "abc")]).astype(float)
    fitted = np.linalg.lstsq(design, z, rcond=None)[0][0]
    assert latent.balanced_vector(z, attribute, strata) == pytest.approx(fitted)


def test_a_balanced_vector_is_that_of_least_squares():
    rng = np.random.default_rng(3)
    z, strata = rng.normal(size=(60, 4)), rng.integers(0, 5, 60)
    attribute = rng.random(60) < 0.1 + 0.2 * strata  # common in some strata, rare in others
    design = np.column_stack([attribute, *(strata == s for s in range(5))]).astype(float)
    fitted = np.linalg.lstsq(design, z, rcond=None)[0][0]
    assert latent.balanced_vector(z, attribute, strata) == pytest.approx(fitted)


def test_labels_are_shuffled_within_their_stratum():
    # One of two has it in a, none in b, both in c: a's two faces alone can be compared.
    z = np.eye(6)
    attribute, strata = np.array([True, False, False, False, True, True]), np.array(list("aabbcc"))
    vectors = latent.shuffled_vectors(z, attribute, strata, count=20, length=2**0.5)
    assert {tuple(v) for v in vectors.round(9)} == {(1, -1, 0, 0, 0, 0), (-1, 1, 0, 0, 0, 0)}


def test_a_shuffled_vector_of_no_length_stays_so():
    attribute, strata = np.array([True, False, True, False]), np.zeros(4)
    assert not latent.shuffled_vectors(np.ones((4, 3)), attribute, strata, 5, length=2.0).any()


def test_an_attribute_may_be_given_as_zeros_and_ones():
    # Strata in which the shares with it differ, and the order of values too.
    codes, strata = np.array([[0.0, 1], [9, 0], [5, 4], [1, 1], [7, 6], [8, 3]]), np.arange(6) > 1
    ones = [0, 1, 1, 0, 0, 0]
    attribute = np.array(ones, bool)
    for function in (
        lambda has: latent.attribute_vector(codes, has),
        lambda has: latent.balanced_vector(codes, has, strata),
        lambda has: latent.shuffled_vectors(codes, has, strata, 6, 1.0),
        lambda has: latent.separation(codes[:, 0], has, strata),
    ):
        assert np.array_equal(function(ones), function(attribute))


def test_draws_are_without_repetition_and_the_same_every_time():
    groups = Z[:2], Z[1:], Z
    whole = latent.arithmetic_draws(Z, Z, Z, each=4, draws=5)
    assert whole == pytest.approx(np.tile(Z.mean(axis=0), (5, 1)))
    first, again = (
        latent.arithmetic_draws(*groups, each=2, draws=9, **s) for s in ({}, {"seed": 0})
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, latent.arithmetic_draws(*groups, each=2, draws=9, seed=1))
    shuffled = [
        latent.shuffled_vectors(np.eye(8), np.arange(8) < 4, np.zeros(8), 9, 1.0, **s)
        for s in ({}, {"seed": 0}, {"seed": 1})
    ]
    assert np.array_equal(shuffled[0], shuffled[1])
    assert not np.array_equal(shuffled[0], shuffled[2])


def test_separation_counts_pairs_within_strata():
    # a: (5 with, 3 without) in order. b: 2 and 0 with, 1 and 0 without: two pairs in order, one
    # not, one tie. Across strata nothing counts: b's 2 is below a's 3. c has nobody without.
    values = np.array([5.0, 3.0, 2.0, 0.0, 1.0, 0.0, 9.0])
    attribute = np.array([True, False, True, True, False, False, True])
    strata = np.array(list("aabbbbc"))
    assert latent.separation(values, attribute, strata) == pytest.approx((1 + 2 + 0.5) / 5)
    assert latent.separation(10.0 * attribute + values, attribute, strata) == 1
    assert latent.separation(0 * values, attribute, strata) == 0.5


@pytest.mark.parametrize("function", [latent.balanced_vector, latent.separation])
def test_strata_without_anything_to_compare(function):
    strata = np.array([0, 0, 1, 1, 1])
    for attribute in (strata == 1, strata):  # as truths, as zeros and ones
        with pytest.raises(ValueError, match=r"strata.*Received: 3 with, 2 without, in 2 strata"):
            function(np.eye(5)[0], attribute, strata)


def test_interpolate():
    codes = latent.interpolate(Z[0], Z[3], 3)
    assert codes.tolist() == [[0, 0], [2, 3], [4, 6]]


def test_slerp_is_a_circle_between_codes_of_one_length():
    a, b = np.array([2.0, 0.0]), np.array([0.0, 2.0])
    codes = latent.slerp(a, b, 4)
    angles = np.radians([0, 30, 60, 90])
    assert codes == pytest.approx(2 * np.column_stack([np.cos(angles), np.sin(angles)]))
    # Ends of other lengths are kept too, and codes >= 0 stay so.
    codes = latent.slerp(a, 3 * b, 5)
    assert codes[[0, -1]] == pytest.approx(np.array([a, 3 * b]))
    assert codes.min() >= 0
    # Its middle is the straight line's, 1 / cos(ω/2) times as far out.
    line = latent.interpolate(a, 3 * b, 5)
    assert codes[2] == pytest.approx(line[2] / np.cos(np.radians(45)))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([1.0, 1.0], [4.0, 4.0]),
        ([1.0, 1.0], [0.0, 0.0]),
        ([1.0, 1.0], [-1.0, -1.0]),
        # Rounding makes the cosine of these 1.0000000000000002, and -1.0000000000000002.
        ([2.6, 5.3, 8.0], [2.6, 5.3, 8.0]),
        ([2.6, 5.3, 8.0], [-2.6, -5.3, -8.0]),
    ],
)
def test_slerp_without_an_arc_is_the_straight_line(a, b):
    a, b = np.array(a), np.array(b)
    assert latent.slerp(a, b, 5) == pytest.approx(latent.interpolate(a, b, 5))


def test_principal_directions():
    # Along (3, 4) / 5 the codes lie at -10, 0, 10: standard deviation 10, with n - 1. Across, at
    # 1, -2, 1, which goes with neither: standard deviation sqrt((1 + 4 + 1) / 2).
    along, across = np.array([0.6, 0.8]), np.array([-0.8, 0.6])
    z = np.array([5.0, 7.0]) + np.outer([-10, 0, 10], along) + np.outer([1, -2, 1], across)
    mean, directions = latent.principal_directions(z, 2)
    assert mean == pytest.approx([5, 7])
    assert abs(directions @ along) == pytest.approx([10, 0])
    assert abs(directions @ across) == pytest.approx([0, 3**0.5])
    assert latent.principal_directions(z, 1)[1] == pytest.approx(directions[:1])


def test_principal_directions_are_exact_whatever_the_sizes():
    z = np.random.default_rng(0).normal(size=(600, 100))  # here scikit-learn would rather guess
    deviations = np.linalg.svd(z - z.mean(axis=0), compute_uv=False) / 599**0.5
    lengths = np.linalg.norm(latent.principal_directions(z, 10)[1], axis=1)
    assert lengths == pytest.approx(deviations[:10], rel=1e-9)


def test_codes_that_are_all_alike_have_no_direction():
    mean, directions = latent.principal_directions(np.full((5, 3), 2.0), 2)
    assert mean.tolist() == [2, 2, 2]
    assert not directions.any()


def test_outside_range():
    train = np.array([[0.0, 5.0], [1.0, 2.0]])
    z = np.array([[0.0, 5.0], [1.1, 5.0], [-0.1, 5.1], [0.5, 0.0]])
    assert latent.outside_range(z, train).tolist() == [0, 0.5, 1, 0]


def test_the_straight_line_stays_where_its_ends_are_and_the_arc_may_not():
    ends = np.array([[4.0, 3.0], [4.0, 0.0]])
    assert not latent.outside_range(latent.interpolate(*ends, 5), ends).any()
    assert latent.outside_range(latent.slerp(*ends, 5), ends).tolist() == [0, 0.5, 0.5, 0.5, 0]
