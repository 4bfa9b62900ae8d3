"""Chapter 14, five worked studies: their data, and their models as problems for the methods of this package.

- `prices`: what is a house worth (generated, so that the best possible error is known);
- `recommender`: matrix factorisation, by any first-order method or by alternating least squares;
- `digits`: images for `mlopt_course.deep_learning.small_convnet`;
- `language`: a small model of characters that writes on;
- `cart_pole`: the search for a policy that balances a pole.
"""

from .cart_pole import CartPole, balance, policy_search
from .digits import Images, digit_images
from .language import (
    Vocabulary,
    bits_per_character,
    character_model,
    count_model,
    next_probabilities,
    sample_text,
    windows,
    write,
)
from .prices import Houses, house_prices
from .recommender import (
    Factorisation,
    Ratings,
    alternating_least_squares,
    generated_ratings,
    matrix_factorisation,
)

__all__ = [
    "CartPole",
    "Factorisation",
    "Houses",
    "Images",
    "Ratings",
    "Vocabulary",
    "alternating_least_squares",
    "balance",
    "bits_per_character",
    "character_model",
    "count_model",
    "digit_images",
    "generated_ratings",
    "house_prices",
    "matrix_factorisation",
    "next_probabilities",
    "policy_search",
    "sample_text",
    "windows",
    "write",
]
