"""Every method and function that the book teaches exists under its name, in the module of its chapter.

The names are what a reader types: ``minimize(problem, method="adam")``, ``from mlopt_course.losses import focal``.
Where the book names an idea and leaves the spelling open, the function that does it is listed.
"""

from __future__ import annotations

import importlib

import pytest

from mlopt_course import methods

#: chapter -> names that ``minimize(problem, method=name)`` takes
METHODS = {
    "basics": "exhaustive_search",
    "first_order": """gradient_descent momentum adagrad rmsprop adam adamw nesterov adadelta amsgrad nadam radam adamax
        lion muon rprop conjugate_gradient hypergradient_descent sag saga svrg iterate_averaging""",
    "second_order": """newton secant dfp bfgs lbfgs damped_newton newton_cg trust_region gauss_newton
        levenberg_marquardt sr1 natural_gradient irls""",
    "bracketing": "fibonacci_search golden_section_search bisection quadratic_fit_search brent shubert_piyavskii",
    "direct_search": "cyclic_coordinate_search powell hooke_jeeves nelder_mead generalized_pattern_search direct",
    "stochastic": """random_search simulated_annealing cross_entropy_method evolution_strategy tabu_search
        iterated_local_search cma_es natural_evolution_strategy one_plus_one mads noisy_descent""",
    "evolutionary_swarm": """genetic_algorithm differential_evolution particle_swarm ant_colony firefly cuckoo_search
        memetic_search""",
    "constrained": """penalty_method augmented_lagrangian interior_point sqp active_set_qp projected_gradient
        proximal_gradient frank_wolfe admm mirror_descent simplex smo""",
    "bayesian": "bayesian_optimization safe_optimization multi_fidelity",
}

#: module -> names that can be imported from it
FUNCTIONS = {
    "problems": """sphere ellipsoid rosenbrock rastrigin ackley griewank himmelblau beale booth branin hartmann6
        styblinski_tang levy michalewicz goldstein_price six_hump_camel linear_regression logistic_regression""",
    "basics": """finite_difference_gradient complex_step_gradient check_gradient k_means choose_clusters
        exhaustive_clustering optimality_conditions classify_stationary_point convexity_violation condition_number
        convergence_rate no_free_lunch correlation_matrix ablation""",
    "losses": """mean_squared_error mean_absolute_error cross_entropy hinge focal huber log_cosh quantile squared_hinge
        kl_divergence smooth_labels class_weights expected_cost cost_threshold l1 l2 elastic_net""",
    "autodiff": "Tensor value_and_gradient",
    "metrics": "accuracy precision recall roc_auc roc_curve reliability_curve expected_calibration_error",
    "schedules": """step_decay exponential_decay cosine_annealing cyclical reduce_on_plateau warm_up one_cycle
        cosine_restarts""",
    "first_order": "clip_gradient orthogonalize",
    "second_order": "dogleg steihaug bfgs_update dfp_update",
    "bracketing": "bracket_minimum backtracking strong_wolfe exact_line_search",
    "direct_search": "mckinnon",
    "stochastic": """exponential_cooling linear_cooling logarithmic_cooling ecdf expected_running_time repeat""",
    "evolutionary_swarm": """tournament roulette one_point_crossover uniform_crossover gaussian_mutation stagnation
        kernel_ridge_tuning nsga2 non_dominated_sort travelling_salesman""",
    "constrained": "kkt_residuals lagrangian duality_gap dual_function lasso linear_program quadratic_program svm_dual",
    "bayesian": """gaussian_process log_marginal_likelihood expected_improvement probability_of_improvement
        lower_confidence_bound""",
    "hyperparameter_tuning": """grid_search random_search tpe genetic_tuning successive_halving hyperband asha
        population_based_training cross_validation nested_cross_validation selection_leakage duplicate_leakage""",
    "deep_learning": """gradient_norms propagate xavier he batch_norm skip dropout EarlyStopping pca autoencoder
        stationary_points share_of_minima clip_gradient learning_rate_finder sharpness mlp small_convnet""",
    "ml_problems": """linear_regression logistic_regression regression_scores classification_scores ridge_regression
        lasso_regression principal_component_regression best_subset sparse_svm kernel_svm robust_svm medoid_clustering
        capacitated_clustering smallest_network fgsm pgd adversarial_training data_poisoning activation_ensemble
        smallest_teaching_set optimise_network""",
    "applications": "house_prices matrix_factorisation digit_images character_model policy_search",
}

#: method -> options in which an idea of the book lives
OPTIONS = {
    "cyclic_coordinate_search": "acceleration",
    "trust_region": "subproblem",
    "simulated_annealing": "cooling",
    "tabu_search": "tenure aspiration intensification diversification",
    "cma_es": "restarts",
    "genetic_algorithm": "selection crossover mutation survival termination",
    "bayesian_optimization": "acquisition kernel noise batch_size",
}


@pytest.mark.parametrize("chapter", METHODS)
def test_the_methods_of_a_chapter_exist(chapter):
    registered = methods()
    missing = [name for name in METHODS[chapter].split() if name not in registered]
    assert not missing
    elsewhere = {name: registered[name].chapter for name in METHODS[chapter].split()
                 if registered[name].chapter != chapter}  # fmt: skip
    assert not elsewhere


@pytest.mark.parametrize("chapter", METHODS)
def test_the_methods_of_a_chapter_can_be_imported_from_it(chapter):
    module = importlib.import_module(f"mlopt_course.{chapter}")
    for name in METHODS[chapter].split():
        assert getattr(module, name, None) is methods()[name].function


@pytest.mark.parametrize("module", FUNCTIONS)
def test_the_functions_of_a_module_exist(module):
    found = importlib.import_module(f"mlopt_course.{module}")
    missing = [name for name in FUNCTIONS[module].split() if not hasattr(found, name)]
    assert not missing


@pytest.mark.parametrize("name", OPTIONS)
def test_the_options_that_hold_an_idea_exist(name):
    assert set(OPTIONS[name].split()) <= set(methods()[name].options)
